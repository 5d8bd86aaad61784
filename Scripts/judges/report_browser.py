"""Opens reports in headless Chromium: light and dark, narrow and wide, and on paper.

  python3 Scripts/judges/report_browser.py REPORT.html... [--screenshots FOLDER] [--browser chromium]

Fails where a page writes to the console, asks for anything but itself, overflows its width (tables and plots must scroll inside their own
box), shows a broken picture, has text below a contrast of 4.5 : 1 or a text that is cut off.  Needs only the standard library: the browser
is driven through its DevTools pipe.
"""

import argparse
import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time

WIDTHS = {"narrow": 390, "wide": 1280}
SCHEMES = ("light", "dark")

PROBE = r"""
(() => {
  const problems = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll') && e.getBoundingClientRect().right > root.clientWidth + 0.5);
    problems.push(`the page is ${root.scrollWidth} wide in a window of ${root.clientWidth}: ` + wide.slice(0, 3).map(e => e.outerHTML.slice(0, 90)).join(' | '));
  }
  for (const image of document.images) if (!image.complete || !image.naturalWidth) problems.push('broken picture: ' + image.alt);
  for (const element of document.querySelectorAll('.tile, td, th, p, dd, h1, h2, h3, figcaption'))
    if (!element.closest('.scroll') && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline')
      problems.push(`cut off: ${element.textContent.trim().slice(0, 60)}`);
  const numbers = text => (text.match(/[\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const background = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.tagName === 'title' || element.tagName === 'STYLE') continue;
    texts += 1;
    const style = getComputedStyle(element);
    const front = numbers(element.closest('svg') ? style.fill : style.color), back = background(element);
    const [high, low] = [luminance(front), luminance(back)].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) seen.add(`contrast ${contrast.toFixed(2)} of ${element.tagName}.${element.getAttribute('class') || ''}`);
  }
  if (!texts) problems.push('the page is empty');
  for (const element of document.querySelectorAll('img')) if (!element.alt) problems.push('picture without words');
  for (const element of document.querySelectorAll('table')) if (!element.caption) problems.push('table without caption');
  for (const element of document.querySelectorAll('svg')) if (!element.getAttribute('aria-label')) problems.push('drawing without words');
  return problems.concat([...seen]);
})()
"""


class Browser:
    """Chromium behind its DevTools pipe: messages are JSON ended by a zero byte, on descriptors 3 (to it) and 4 (from it)."""

    def __init__(self, path):
        self.profile = tempfile.mkdtemp(prefix="kerf-report-")
        child_in, self.to = os.pipe()
        self.source, child_out = os.pipe()

        def move():
            # Above 4 first, so that neither end is overwritten before it is moved.
            a, b = os.dup2(child_in, 63), os.dup2(child_out, 62)
            os.dup2(a, 3), os.dup2(b, 4)

        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-dev-shm-usage"]
        self.process = subprocess.Popen(
            [path, *flags, f"--user-data-dir={self.profile}", "--remote-debugging-pipe", "about:blank"],
            preexec_fn=move, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(child_in), os.close(child_out)
        self.number, self.buffer, self.events, self.session = 0, b"", [], None

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self, deadline):
        while b"\0" not in self.buffer:
            if not select.select([self.source], [], [], max(0, deadline - time.time()))[0]:
                raise TimeoutError("the browser does not answer")
            part = os.read(self.source, 1 << 20)
            if not part:
                raise RuntimeError("the browser ended")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, timeout=60, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data) :]
        deadline = time.time() + timeout
        while True:
            answer = self.receive(deadline)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method, timeout=60):
        deadline = time.time() + timeout
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive(deadline))

    def open_page(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")


def complaints(events, url):
    for event in events:
        parameters = event.get("params", {})
        if event.get("method") == "Log.entryAdded":
            yield "console: " + parameters["entry"]["text"]
        elif event.get("method") == "Runtime.consoleAPICalled":
            yield "console: " + json.dumps(parameters["args"])[:200]
        elif event.get("method") == "Runtime.exceptionThrown":
            yield "exception: " + parameters["exceptionDetails"]["text"]
        elif event.get("method") == "Network.requestWillBeSent":
            asked = parameters["request"]["url"]
            if asked != url and not asked.startswith("data:"):
                yield "asks for " + asked[:200]


def check(browser, report, folder):
    url = "file://" + os.path.abspath(report)
    problems = []
    for scheme in SCHEMES:
        for name, width in WIDTHS.items():
            browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
            browser.call("Emulation.setEmulatedMedia", media="screen", features=[{"name": "prefers-color-scheme", "value": scheme}])
            browser.events.clear()
            answer = browser.call("Page.navigate", url=url)
            if answer.get("errorText"):
                raise SystemExit(f"{report}: {answer['errorText']}")
            browser.wait_for("Page.loadEventFired")
            found = browser.call("Runtime.evaluate", expression=PROBE, returnByValue=True, awaitPromise=True)
            if "exceptionDetails" in found:
                raise RuntimeError(found["exceptionDetails"])
            found = found["result"]["value"] + list(complaints(browser.events, url))
            problems += [f"{scheme} {name}: {problem}" for problem in found]
            if folder:
                size = browser.call("Page.getLayoutMetrics")["cssContentSize"]
                clip = {"x": 0, "y": 0, "width": width, "height": min(size["height"], 16000), "scale": 1}
                image = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
                stem = os.path.splitext(os.path.basename(report))[0]
                with open(os.path.join(folder, f"{stem}-{scheme}-{name}.png"), "wb") as file:
                    file.write(base64.b64decode(image))
    browser.call("Emulation.setEmulatedMedia", media="print")
    paper = base64.b64decode(browser.call("Page.printToPDF", preferCSSPageSize=False)["data"])
    if not paper.startswith(b"%PDF"):
        problems.append("print: no PDF")
    if folder:
        stem = os.path.splitext(os.path.basename(report))[0]
        with open(os.path.join(folder, f"{stem}.pdf"), "wb") as file:
            file.write(paper)
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", nargs="+")
    parser.add_argument("--screenshots", help="folder for the pictures of each page")
    parser.add_argument("--browser", default=shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome"))
    options = parser.parse_args()
    if not options.browser:
        print("SKIPPED report_browser: no Chromium on this machine")
        return 0
    if options.screenshots:
        os.makedirs(options.screenshots, exist_ok=True)
    browser = Browser(options.browser)
    failed = False
    try:
        browser.open_page()
        for report in options.reports:
            problems = check(browser, report, options.screenshots)
            for problem in problems:
                print(f"{report}: {problem}")
            failed = failed or bool(problems)
            if not problems:
                print(f"{report}: good in {', '.join(f'{s} {n}' for s in SCHEMES for n in WIDTHS)} and on paper")
    finally:
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

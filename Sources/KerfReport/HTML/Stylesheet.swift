/// The page's style: system fonts, light and dark, narrow, wide and paper. Text contrast is at least 4.5 : 1 in both.
enum Stylesheet {
  static let markup: Markup = """
    :root { color-scheme: light dark; --paper: #ffffff; --panel: #f4f5f7; --ink: #1b1f24; --soft: #57606a; --line: #d5d9df;
      --c0: #1558b0; --c1: #a8480b; --c2: #1a6b3c; --c3: #7a3ea8; --c4: #8a6d00; --good: #1a6b3c; --bad: #a8261d; --tried: #7d8590; }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #14171b; --panel: #1d2228; --ink: #e6e8eb; --soft: #a3abb5; --line: #363d46;
        --c0: #7db3f5; --c1: #f0a36b; --c2: #6fcf97; --c3: #cba0ee; --c4: #d9c25a; --good: #6fcf97; --bad: #ff8f85; --tried: #8b949e; }
    }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
    main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 64px; }
    h1, h2, h3 { line-height: 1.25; font-weight: 600; overflow-wrap: anywhere; }
    h1 { font-size: 26px; margin: 8px 0 4px; }
    h2 { font-size: 19px; margin: 44px 0 10px; padding-top: 16px; border-top: 1px solid var(--line); }
    h3 { font-size: 15px; margin: 22px 0 8px; }
    p { margin: 8px 0; overflow-wrap: anywhere; }
    .asked { color: var(--soft); }
    .asked strong { color: var(--ink); }
    .note, .legend { color: var(--soft); font-size: 13px; }
    .badge { display: inline-block; padding: 0 10px; border: 1px solid currentColor; border-radius: 999px; font-size: 13px; font-weight: 600; }
    .good { color: var(--good); }
    .bad { color: var(--bad); }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 10px; margin: 18px 0; }
    .tile { background: var(--panel); border-radius: 8px; padding: 12px 14px; }
    .tile .value { display: block; font-size: 23px; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; }
    .tile .label { color: var(--soft); font-size: 13px; }
    .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; margin: 12px 0; }
    .scroll:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; }
    table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
    caption { text-align: left; padding: 9px 12px; color: var(--soft); font-size: 13px; }
    th, td { text-align: left; padding: 6px 10px; border-top: 1px solid var(--line); vertical-align: top; white-space: nowrap; font-weight: 400; }
    thead th { color: var(--soft); font-size: 12.5px; background: var(--panel); vertical-align: bottom; white-space: normal; }
    th.number { min-width: 58px; }
    tbody th { max-width: 260px; white-space: normal; overflow-wrap: anywhere; min-width: 130px; }
    .figures td { white-space: normal; }
    .whole, .sub { white-space: nowrap; }
    .sub { color: var(--soft); }
    .number { text-align: right; }
    tr.replaced th { font-weight: 600; }
    tr.left th, tr.left td { color: var(--soft); }
    .reason { display: inline-block; min-width: 210px; max-width: 340px; white-space: normal; overflow-wrap: anywhere; }
    .warnings { border: 1px solid var(--bad); border-radius: 8px; padding: 2px 18px; margin-top: 24px; }
    .warnings h2 { border: 0; margin: 8px 0 0; padding: 0; font-size: 15px; color: var(--bad); }
    .warnings ul { margin: 6px 0 10px; padding-left: 20px; overflow-wrap: anywhere; }
    svg { display: block; width: 100%; height: auto; }
    svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
    .plot { border: 0; }
    svg.curve { min-width: 440px; max-width: 760px; margin: 0 auto; }
    svg.curve text { font-size: 12px; }
    svg.curve .chosenlabel { fill: var(--c1); font-weight: 600; }
    .grid { stroke: var(--line); stroke-width: 1; }
    .front { fill: none; stroke: var(--c0); stroke-width: 1.5; }
    .onfront { fill: var(--c0); }
    .tried { fill: var(--paper); stroke: var(--tried); stroke-width: 1.5; }
    .chosen { fill: var(--c1); stroke: var(--paper); stroke-width: 2; }
    .key { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-left: 10px; vertical-align: baseline; }
    .key:first-child { margin-left: 0; }
    .chosenkey { background: var(--c1); }
    .frontkey { background: var(--c0); }
    .triedkey { border: 1.5px solid var(--tried); }
    .plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 18px; }
    .plots svg text, .wide svg text { font-size: 12.5px; }
    figure { margin: 0; min-width: 0; break-inside: avoid; }
    figcaption { font-size: 13px; color: var(--soft); overflow-wrap: anywhere; }
    figcaption strong { color: var(--ink); font-weight: 600; }
    .plots .legend { margin: 2px 0 0; font-size: 12px; }
    .plots .item { display: block; overflow-wrap: anywhere; }
    .spectrum { fill: none; stroke-width: 1.75; }
    .level { stroke: var(--soft); stroke-width: 1.25; stroke-dasharray: 5 4; }
    .rank { stroke-width: 1.25; stroke-dasharray: 3 3; }
    .spectrum.line0, .rank.line0 { stroke: var(--c0); } .rankdot.line0, .key.line0 { fill: var(--c0); background: var(--c0); }
    .spectrum.line1, .rank.line1 { stroke: var(--c1); } .rankdot.line1, .key.line1 { fill: var(--c1); background: var(--c1); }
    .spectrum.line2, .rank.line2 { stroke: var(--c2); } .rankdot.line2, .key.line2 { fill: var(--c2); background: var(--c2); }
    .spectrum.line3, .rank.line3 { stroke: var(--c3); } .rankdot.line3, .key.line3 { fill: var(--c3); background: var(--c3); }
    .spectrum.line4, .rank.line4 { stroke: var(--c4); } .rankdot.line4, .key.line4 { fill: var(--c4); background: var(--c4); }
    .spectrum.line4 { stroke-dasharray: 1 3; }
    .spectrum.line1 { stroke-dasharray: 7 2; } .spectrum.line2 { stroke-dasharray: 2 2; } .spectrum.line3 { stroke-dasharray: 8 2 2 2; }
    .pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 200px), 1fr)); gap: 12px; }
    .pictures img { display: block; width: 100%; height: auto; border-radius: 4px; background: var(--panel); }
    .pictures figure { max-width: 360px; }
    .filters img { image-rendering: pixelated; background: #000000; }
    .filters h3 { margin: 12px 0 4px; color: var(--soft); }
    .wide figure { max-width: 560px; }
    .wide .item { display: inline-block; margin-right: 14px; }
    .levelkey { display: inline-block; width: 16px; border-top: 2px dashed var(--soft); vertical-align: middle; }
    dl { display: grid; grid-template-columns: minmax(110px, max-content) 1fr; gap: 4px 18px; margin: 12px 0; }
    dt { color: var(--soft); }
    dd { margin: 0; overflow-wrap: anywhere; }
    pre { padding: 12px 14px; margin: 0; font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--panel);
      max-height: 480px; overflow: auto; tab-size: 2; }
    @media (max-width: 520px) { main { padding: 16px 14px 48px; } h1 { font-size: 22px; } .tile .value { font-size: 20px; }
      .tiles { grid-template-columns: repeat(2, 1fr); } .pictures { grid-template-columns: repeat(2, 1fr); }
      th, td { padding: 6px 8px; } tbody th { min-width: 90px; } .figures { font-size: 12.5px; } }
    @media print {
      :root { --paper: #ffffff; --panel: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb; --c0: #1558b0; --c1: #a8480b; --c2: #1a6b3c;
        --c3: #7a3ea8; --c4: #8a6d00; --good: #1a6b3c; --bad: #a8261d; --tried: #666666; }
      body { font-size: 10pt; }
      main { max-width: none; padding: 0; }
      .scroll, pre { overflow: visible; max-height: none; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
      table { font-size: 7.5pt; } caption, thead th { font-size: 7.5pt; padding: 5px 4px; }
      svg.curve { max-width: 460px; margin: 0; }  th, td { white-space: normal; padding: 3px 4px; } tbody th, .reason { min-width: 0; }
      tr { break-inside: avoid; } h2, h3 { break-after: avoid; } .tile { border: 1px solid var(--line); }
    }
    """
}

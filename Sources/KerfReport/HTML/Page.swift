/// The frame of every report: one file that needs nothing else, no network, no scripts.
enum Page {
  /// - Parameters:
  ///   - title: escaped here.
  ///   - parts: from top to bottom.
  static func html(title: String, _ parts: [Markup]) -> String {
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <style>
      \(Stylesheet.markup)
      </style>
      </head>
      <body>
      <main>
      \(parts)
      </main>
      </body>
      </html>

      """
    return page.html
  }
}

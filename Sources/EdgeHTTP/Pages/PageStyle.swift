/// How both pages look.
enum PageStyle {
    static let text = #"""
        :root { --ink: #17202b; --soft: #556170; --paper: #f5f6f8; --card: #fff; --sunk: #f0f2f5; --line: #d9dee5;
          --field: #8490a0; --act: #11665b; --act-ink: #fff; --mark: #e3f1ee; --bad: #a5192a; --good: #17683a;
          --get: #0b5c8c; --get-back: #e1eff8; --post: #17683a; --post-back: #e0f3e7; --patch: #83500a;
          --patch-back: #fbefd9; --delete: #a5192a; --delete-back: #fbe5e7;
          --j-key: #0b5c8c; --j-text: #17683a; --j-number: #83500a; --j-word: #7a2b93;
          --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace }
        @media (prefers-color-scheme: dark) { :root {
          --ink: #e4e9f0; --soft: #a0acba; --paper: #0f1318; --card: #161b22; --sunk: #0c1014; --line: #29323d;
          --field: #6d7a8a; --act: #5fcbb8; --act-ink: #06231f; --mark: #14302c; --bad: #ff9ba3; --good: #7fdba4;
          --get: #84c5f4; --get-back: #12304a; --post: #7fdba4; --post-back: #12351f; --patch: #f1c27d;
          --patch-back: #3b2a0d; --delete: #ff9ba3; --delete-back: #441820;
          --j-key: #84c5f4; --j-text: #7fdba4; --j-number: #f1c27d; --j-word: #d9a6ee } }
        * { box-sizing: border-box }
        html { scroll-padding-top: 4.5rem }
        body { margin: 0; font: 0.9375rem/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
          color: var(--ink); background: var(--paper); -webkit-text-size-adjust: 100% }
        h1, h2, h3, h4 { line-height: 1.25; margin: 0; letter-spacing: -.01em; text-wrap: balance }
        p { margin: 0; max-width: 44rem }
        a { color: var(--act); text-underline-offset: .2em }
        code, pre, .mono { font-family: var(--mono); font-size: .8125rem; font-variant-ligatures: none }
        p, li { overflow-wrap: anywhere }
        pre { margin: 0; padding: .85rem 1rem; overflow: auto; background: var(--sunk); border: 1px solid var(--line);
          border-radius: .5rem; line-height: 1.55; tab-size: 2 }
        p code { padding: .08em .3em; background: var(--sunk); border: 1px solid var(--line); border-radius: .3rem }
        :focus-visible { outline: 2px solid var(--act); outline-offset: 2px; border-radius: .25rem }
        input, select, textarea, button { font: inherit; color: inherit; min-height: 2.4rem; border-radius: .45rem }
        input, select, textarea { width: 100%; padding: .4rem .65rem; background: var(--card); border: 1px solid var(--field) }
        ::placeholder { color: var(--soft); opacity: 1 }
        button { padding: .35rem .9rem; background: var(--card); border: 1px solid var(--field); cursor: pointer }
        button:hover { border-color: var(--act) }
        button.main { font-weight: 600; color: var(--act-ink); background: var(--act); border-color: transparent; padding-inline: 1.6rem }
        button.main:hover { filter: brightness(1.08) }
        button:disabled { opacity: .6; cursor: default }
        .soft { color: var(--soft) } .small { font-size: .8125rem } .good { color: var(--good) } .bad { color: var(--bad) }
        .skip { position: absolute; left: -99rem } .skip:focus { left: 1rem; top: .5rem; z-index: 9; background: var(--card); padding: .5rem }
        [hidden] { display: none !important }
        .bar { position: sticky; top: 0; z-index: 5; display: flex; align-items: center; gap: .5rem 1.25rem; min-height: 3.5rem;
          padding: .4rem 1.25rem; background: var(--card); border-bottom: 1px solid var(--line) }
        .brand { display: flex; align-items: center; gap: .6rem; font-weight: 650; font-size: 1.0625rem; letter-spacing: -.015em; color: var(--ink);
          text-decoration: none }
        .brand svg { width: 1.5rem; height: 1.5rem; display: block }
        .bar nav { display: flex; gap: .25rem; margin-left: auto }
        .bar nav a { padding: .35rem .75rem; border-radius: .45rem; color: var(--soft); text-decoration: none; font-weight: 550 }
        .bar nav a:hover { color: var(--ink) }
        .bar nav a[aria-current] { color: var(--act); background: var(--mark) }
        .bar label { display: flex; align-items: center; gap: .5rem } .bar select { width: auto }
        .frame { display: grid; grid-template-columns: 19rem minmax(0, 1fr); max-width: 96rem; margin: 0 auto }
        .side { position: sticky; top: 3.5rem; height: calc(100vh - 3.5rem); overflow-y: auto; padding: 1.25rem .75rem 3rem 1.25rem;
          border-right: 1px solid var(--line) }
        .side h2 { margin: 1.4rem .5rem .35rem; font-size: .75rem; font-weight: 650; letter-spacing: .05em; text-transform: uppercase; color: var(--soft) }
        .side ul { list-style: none; margin: 0; padding: 0 }
        .side li a { display: flex; align-items: baseline; gap: .55rem; padding: .28rem .5rem; border-radius: .4rem; color: var(--ink);
          text-decoration: none; line-height: 1.35; font-size: .875rem }
        .side li a:hover { background: var(--sunk) } .side li a[aria-current] { background: var(--mark); font-weight: 600 }
        .side .badge { flex: none; width: 3.1rem }
        .badge { display: inline-block; padding: .12rem .4rem; border-radius: .3rem; font: 650 .6875rem/1.35 var(--mono); letter-spacing: .02em;
          text-align: center; color: var(--soft); background: var(--sunk) }
        .badge.get { color: var(--get); background: var(--get-back) } .badge.post { color: var(--post); background: var(--post-back) }
        .badge.put, .badge.patch { color: var(--patch); background: var(--patch-back) }
        .badge.delete { color: var(--delete); background: var(--delete-back) }
        .route { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .7rem; margin-top: .5rem }
        .route .badge { font-size: .8125rem; padding: .2rem .55rem } .route code { font-size: .875rem; overflow-wrap: anywhere }
        .route b { font-weight: 600; color: var(--act) }
        .menu { display: none }
        .fields { list-style: none; margin: 0; padding: 0 }
        .fields li { padding: .55rem 0; border-top: 1px solid var(--line) } .fields > li:first-child { border-top: 0 }
        .fields .fields { margin: .4rem 0 0 .2rem; padding-left: .9rem; border-left: 2px solid var(--line) }
        .fields .name { font: 600 .8125rem/1.5 var(--mono); overflow-wrap: anywhere } .fields .must { color: var(--bad); font-size: .75rem; font-weight: 600 }
        .fields .line { display: flex; flex-wrap: wrap; gap: 0 .6rem; align-items: baseline }
        summary { cursor: pointer; border-radius: .3rem } .fields summary { width: fit-content; font-size: .8125rem; color: var(--act) }
        .key { color: var(--j-key) } .string { color: var(--j-text) } .number { color: var(--j-number) } .word { color: var(--j-word) }
        @media (max-width: 56rem) {
          .bar { padding-inline: 1rem; gap: .25rem .75rem; flex-wrap: wrap } .bar .version { display: none }
          .frame { display: block }
          .menu { display: block; width: calc(100% - 2rem); margin: 1rem 1rem 0; text-align: left; font-weight: 600 }
          .menu::after { content: "+"; float: right; font: 600 1rem/1.5 var(--mono) } .menu[aria-expanded=true]::after { content: "\2212" }
          .side { display: none; position: static; height: auto; max-height: 70vh; margin: .5rem 1rem 0; padding: .75rem; border: 1px solid var(--line);
            border-radius: .5rem; background: var(--card) }
          .side.open { display: block } .side li a { padding-block: .5rem } input, select, textarea { font-size: 1rem }
        }
        @media (prefers-reduced-motion: no-preference) { button, .side a { transition: background-color .12s, border-color .12s } }
        """#

    /// The line on top. `{docs}` or `{redoc}` becomes the mark of the page that it is on.
    static func header(current: String) -> String {
        let links = [("/docs", "Try it"), ("/redoc", "Read")].map { path, name in
            "<a href=\"\(path)\"\(path == current ? " aria-current=\"page\"" : "")>\(name)</a>"
        }
        return #"""
            <a class="skip" href="#main">Skip to the content</a>
            <header class="bar">
            <a class="brand" href="/docs"><svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" fill="#136f63"/>
            <path d="M10 8v16M22 8v16M10 16h12" stroke="#fff" stroke-width="3.4" stroke-linecap="round"/></svg>Holdfast</a>
            <span class="soft small version" id="version"></span>
            <label class="small" hidden>Dialect <select id="dialect"></select></label>
            <nav aria-label="Pages">\#(links.joined())</nav>
            </header>
            <div class="frame">
            <button class="menu" id="menu" aria-expanded="false" aria-controls="side">Operations</button>
            <aside class="side" id="side" aria-label="Operations">
            <input type="search" id="search" placeholder="Search" aria-label="Search operations" autocomplete="off">
            <nav id="index" aria-label="Operations"></nav>
            </aside>
            """#
    }
}

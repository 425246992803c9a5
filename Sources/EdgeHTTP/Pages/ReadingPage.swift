extension WebPage {
    /// The whole API to read, and to print.
    static let redoc = WebPage(
        path: "/redoc", purpose: "Read this API's reference", title: "Holdfast API: reference",
        style: ReadingPage.style, body: PageStyle.header(current: "/redoc") + ReadingPage.body,
        script: ReadingPage.script)
}

private enum ReadingPage {
    static let style = #"""
        main { min-width: 0 } main:focus { outline: none }
        .intro, .group > h2, .operation { padding-inline: 2rem }
        .intro { padding-block: 2.5rem 1rem } .intro h1 { font-size: 2.125rem; letter-spacing: -.025em } .intro p { margin-top: .9rem; font-size: 1.0625rem }
        .group > h2 { font-size: 1.5rem; padding-block: 2.75rem .25rem }
        .operation { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 27rem); gap: 0 2.5rem; padding-block: 2rem 2.5rem;
          border-bottom: 1px solid var(--line) }
        .operation h3 { font-size: 1.1875rem } .operation h3 a { color: inherit; text-decoration: none }
        .operation h3 a:hover::after, .operation h3 a:focus::after { content: " #"; color: var(--soft) }
        .operation h4 { margin: 1.6rem 0 .4rem; font-size: .8125rem; font-weight: 650; color: var(--soft) }
        .operation p { margin-top: .35rem }
        .text > p { margin-top: .75rem }
        .samples h4:first-child { margin-top: 0 }
        .samples pre { max-height: 30rem } .samples > div { position: sticky; top: 4.75rem; max-height: calc(100vh - 6rem); overflow-y: auto }
        .answers details { border-top: 1px solid var(--line); padding: .5rem 0 } .answers details:last-child { border-bottom: 1px solid var(--line) }
        .answers summary { display: flex; gap: .75rem; align-items: baseline } .answers summary::before { content: "+"; font-family: var(--mono); color: var(--soft); width: .6rem }
        .answers details[open] > summary::before { content: "\2212" } .answers summary::-webkit-details-marker { display: none }
        .fields details > summary { display: list-item } .fields summary::before { content: none }
        .status { font: 650 .8125rem/1.5 var(--mono) }
        .fields li { padding: .5rem 0 }
        .fields details { border: 0 !important; padding: .15rem 0 0 !important }
        @media (max-width: 76rem) { .operation { grid-template-columns: minmax(0, 1fr) } .samples { margin-top: 1.5rem } .samples > div { position: static; max-height: none } }
        @media (max-width: 56rem) { .intro, .group > h2, .operation { padding-inline: 1rem } .intro { padding-top: 1.5rem } .intro h1 { font-size: 1.75rem }
          .operation { padding-block: 1.5rem } }
        @media print { .bar, .side, .menu, .skip { display: none !important } .frame { display: block } body { background: #fff; font-size: 10pt }
          .operation { display: block } .operation h3, h4 { break-after: avoid } pre { white-space: pre-wrap; max-height: none !important; break-inside: avoid } }
        """#

    static let body = #"""
        <main id="main" tabindex="-1">
        <div class="intro"><h1 id="title">API reference</h1></div>
        <div id="content"></div>
        <noscript><p class="bad intro">This page needs JavaScript. The document that it shows is at /openapi.json.</p></noscript>
        </main>
        </div>
        """#

    static let script = #"""
        const place = { path: "In the path", query: "In the query", header: "In the headers" };
        const parameterList = (list, where) => {
          const chosen = list.map(resolve).filter(parameter => parameter.in === where);
          if (!chosen.length) return [];
          return [make("h4", { textContent: place[where] }), make("ul", { className: "fields" }, ...chosen.map(parameter => {
            const limit = limits(parameter.schema), schema = resolve(parameter.schema);
            return make("li", {},
              make("div", { className: "line" }, make("span", { className: "name", textContent: parameter.name }),
                make("span", { className: "soft small", textContent: typeName(schema) }),
                parameter.required ? make("span", { className: "must", textContent: "required" }) : null),
              parameter.description ? prose(parameter.description, { className: "small" }) : null,
              limit ? make("p", { className: "soft small", textContent: limit }) : null,
              schema.example !== undefined ? make("p", { className: "soft small" }, "for example ", make("code", { textContent: String(schema.example) })) : null);
          }))];
        };

        const mediaOf = part => Object.entries((part && part.content) || {})[0];

        const answers = operation => make("div", { className: "answers" }, ...Object.entries(operation.responses).map(([status, given]) => {
          const response = resolve(given), media = mediaOf(response), headers = Object.keys(response.headers || {});
          const box = make("details", {},
            make("summary", {}, make("span", { className: "status " + (status < 300 ? "good" : "bad"), textContent: status }),
              make("span", { className: "small", textContent: response.description })));
          // Filled when it is opened: errors are many and alike.
          box.fill = () => {
            if (box.children.length > 1) return;
            box.append(...[media && make("p", { className: "soft small", textContent: media[0] }), media && fields(media[1].schema, "always"),
              headers.length && make("p", { className: "soft small" }, "Headers: ", make("code", { textContent: headers.join(", ") }))].filter(Boolean));
          };
          box.addEventListener("toggle", box.fill);
          if (status < 300) { box.fill(); box.open = true; }
          return box;
        }));

        const samples = operation => {
          const box = make("div", {}), media = mediaOf(operation.requestBody), body = media && exampleOf(media[1]);
          const needsToken = (operation.security || []).some(way => Object.keys(way).length);
          const headers = [...(needsToken ? [["Authorization", "Bearer $TOKEN"]] : []), ...(media ? [["Content-Type", media[0]]] : [])];
          const path = operation.path.replace("{org_id}", "$ORG");
          const text = curl(operation.method, location.origin + path, headers, media && JSON.stringify(body, null, 2))
            .replace(/'([^'\n]*\$(?:TOKEN|ORG)[^'\n]*)'/g, '"$1"');
          box.append(make("h4", { textContent: "Request" }), make("pre", { tabIndex: 0 }, make("code", { textContent: text })));
          for (const [status, given] of Object.entries(operation.responses)) {
            const found = mediaOf(resolve(given));
            if (status >= 300 || !found || found[1].example === undefined) continue;
            box.append(make("h4", { textContent: "Answer " + status }), code(found[1].example));
          }
          return make("div", { className: "samples" }, box);
        };

        const section = operation => {
          const media = mediaOf(operation.requestBody), members = media && fields(media[1].schema);
          const text = make("div", { className: "text" },
            make("h3", {}, make("a", { href: "#" + operation.id, textContent: operation.summary })),
            make("div", { className: "route" }, badge(operation.method), pathText(operation.path)),
            operation.description ? prose(operation.description) : null,
            operation.aliases.length ? make("p", { className: "soft small", textContent: "Also at " + operation.aliases.join(", ") }) : null,
            make("p", { className: "small" }, make("a", { href: "/docs#" + operation.id, textContent: "Try it" })),
            ...parameterList(operation.parameters || [], "path"), ...parameterList(operation.parameters || [], "query"),
            ...parameterList(operation.parameters || [], "header"),
            ...(members ? [make("h4", { textContent: "Body" }), members] : []),
            make("h4", { textContent: "Answers" }), answers(operation));
          return make("section", { className: "operation", id: operation.id }, text, samples(operation));
        };

        const follow = new IntersectionObserver(seen => {
          for (const entry of seen) if (entry.isIntersecting) markCurrent(entry.target.id);
        }, { rootMargin: "-15% 0px -80% 0px" });

        const show = () => {
          follow.disconnect();
          $("title").textContent = api.info.title + " API";
          for (const old of document.querySelectorAll(".intro p")) old.remove();
          $("title").after(prose(api.info.description, { className: "soft" }));
          $("content").replaceChildren(...operations().map(([group, list]) =>
            make("div", { className: "group" }, make("h2", { textContent: group }), ...list.map(section))));
          for (const part of document.querySelectorAll(".operation")) follow.observe(part);
          const target = location.hash && document.getElementById(location.hash.slice(1));
          if (target) target.scrollIntoView();
        };
        addEventListener("beforeprint", () => { for (const part of document.querySelectorAll(".answers > details")) part.fill();
          for (const part of document.querySelectorAll("details")) part.open = true; });
        begin(show);
        """#
}

extension WebPage {
    /// Try an operation from the browser. The token is kept by the tab and goes with it.
    static let docs = WebPage(
        path: "/docs", purpose: "Try this API in the browser", title: "Holdfast API: try it",
        style: DocsPage.style, body: PageStyle.header(current: "/docs") + DocsPage.body,
        script: DocsPage.script)
}

private enum DocsPage {
    static let style = #"""
        html { scroll-padding-bottom: 5rem } main { padding: 1.75rem 2rem 6rem; min-width: 0 } main:focus { outline: none }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem 1.5rem }
        .credentials { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: .35rem 1.25rem; margin-bottom: 2.25rem }
        .credentials p { grid-column: 1 / -1 }
        label.field, .field > label { display: block; font-weight: 600; font-size: .875rem }
        .field input, .field select, .field textarea { margin-top: .2rem; font-family: var(--mono); font-size: .8125rem; font-weight: 400 }
        article h1 { font-size: 1.625rem } article > p { margin-top: .75rem }
        .work { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1.5rem; margin-top: 1.75rem; align-items: start }
        .work h2 { font-size: 1rem; margin-bottom: .75rem } .work section + section { margin-top: 1.5rem }
        .stack > * + * { margin-top: 1rem }
        .field textarea { display: block; min-height: 15rem; resize: vertical; line-height: 1.55; tab-size: 2; background: var(--sunk) }
        .actions { position: sticky; bottom: 0; display: flex; flex-wrap: wrap; align-items: center; gap: .75rem; padding: .75rem 0; background: var(--paper) }
        .parameters { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); gap: 1rem 1.25rem; align-items: end }
        .parameters h2 { grid-column: 1 / -1; margin: 0 }
        .head { display: flex; align-items: center; justify-content: space-between; gap: 1rem; margin-bottom: .5rem }
        .head h2 { margin: 0 } .head button { min-height: 1.9rem; padding: .15rem .65rem; font-size: .8125rem }
        .status { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .9rem; margin-bottom: .75rem }
        .status strong { font-size: 1.25rem; font-variant-numeric: tabular-nums; letter-spacing: -.01em }
        #answer pre { max-height: 34rem } #curl { white-space: pre-wrap; overflow-wrap: anywhere } .plain { border-style: dashed; color: var(--soft) }
        table { border-collapse: collapse; width: 100%; margin: .25rem 0 1rem; font-size: .8125rem }
        td { padding: .2rem .75rem .2rem 0; vertical-align: top; border-top: 1px solid var(--line); overflow-wrap: anywhere; font-family: var(--mono); font-size: .75rem }
        td:first-child { color: var(--soft); white-space: nowrap }
        details > summary { margin-bottom: .35rem } .field + details { margin-top: 1rem }
        @media (max-width: 76rem) { .work { grid-template-columns: minmax(0, 1fr) } }
        @media (max-width: 56rem) { main { padding: 1rem 1rem 4rem } .card { padding: 1rem }
          .credentials { grid-template-columns: minmax(0, 1fr); margin-bottom: 1.5rem } article h1 { font-size: 1.375rem } }
        """#

    static let body = #"""
        <main id="main" tabindex="-1">
        <form class="card credentials" id="credentials" aria-label="Credentials">
        <label class="field">Token
        <input id="token" type="password" placeholder="of a key or a session" autocomplete="off" spellcheck="false"></label>
        <label class="field">Organization
        <input id="organization" placeholder="7db20441-a04c-49ba-8089-1197b3a66a4b" autocomplete="off" spellcheck="false"></label>
        <p class="soft small">Kept by this tab only, and forgotten with it. Most tokens name their organization themselves.</p>
        </form>
        <article id="operation" aria-live="off"></article>
        <noscript><p class="bad">This page needs JavaScript. The document that it shows is at /openapi.json.</p></noscript>
        </main>
        </div>
        """#

    static let script = #"""
        const state = { operation: null, values: new Map(), body: null };
        const remember = name => {
          try { $(name).value = sessionStorage.getItem("holdfast." + name) || ""; } catch { /* the tab may not store */ }
          $(name).addEventListener("input", () => {
            try { sessionStorage.setItem("holdfast." + name, $(name).value); } catch { /* as above */ }
            showCurl();
          });
        };
        // A token of ours is a JWT that names its organization.
        const readOrganization = () => {
          try {
            const text = atob($("token").value.trim().split(".")[1].replace(/-/g, "+").replace(/_/g, "/"));
            const organization = JSON.parse(text).org;
            if (typeof organization !== "string") return;
            $("organization").value = organization;
            $("organization").dispatchEvent(new Event("input"));
          } catch { /* another kind of token: then the organization is typed */ }
        };

        const needsToken = operation => (operation.security || []).some(way => Object.keys(way).length);
        const jsonOf = part => part && part.content && part.content["application/json"];
        const valueOf = parameter => parameter.name === "org_id" ? $("organization").value.trim() : (state.values.get(parameter.name) || "").trim();

        const request = () => {
          const operation = state.operation, headers = [], query = new URLSearchParams(), missing = [];
          let path = operation.path;
          for (const given of operation.parameters || []) {
            const parameter = resolve(given), value = valueOf(parameter);
            if (parameter.in === "path") {
              if (!value) missing.push(parameter.name === "org_id" ? "Organization" : parameter.name);
              path = path.replace("{" + parameter.name + "}", value ? encodeURIComponent(value) : "{" + parameter.name + "}");
            } else if (value && parameter.in === "query") query.append(parameter.name, value);
            else if (value) headers.push([parameter.name, value]);
          }
          const token = $("token").value.trim();
          if (needsToken(operation) && token) headers.push(["Authorization", "Bearer " + token]);
          const body = jsonOf(operation.requestBody) ? state.body.value : null;
          if (body) headers.push(["Content-Type", "application/json"]);
          const search = query.toString();
          return { path: path + (search ? "?" + search : ""), headers, body, missing };
        };

        const showCurl = () => {
          if (!state.operation || !$("curl")) return;
          const { path, headers, body } = request();
          const shown = headers.map(([name, value]) => [name, name === "Authorization" ? "Bearer $TOKEN" : value]);
          const text = curl(state.operation.method, location.origin + path, shown, body).replace(/'(Authorization: [^']*)'/, '"$1"');
          $("curl").replaceChildren(make("code", { textContent: text }));
        };

        const field = given => {
          const parameter = resolve(given), schema = resolve(parameter.schema), id = "parameter-" + parameter.name;
          const choices = schema.type === "boolean" ? ["true", "false"] : schema.enum;
          const input = choices ? make("select", { id }, make("option", { value: "", textContent: "not set" }), ...choices.map(value => make("option", { value, textContent: value })))
            : make("input", { id, autocomplete: "off", spellcheck: false, placeholder: String(schema.example ?? (schema.format ? sample(schema) : "")) });
          input.value = state.values.get(parameter.name) || "";
          input.addEventListener("input", () => { state.values.set(parameter.name, input.value); showCurl(); });
          const kind = [parameter.in, typeName(schema), limits({ ...schema, enum: undefined })].filter(Boolean).join(", ");
          return make("div", { className: "field" }, make("label", { htmlFor: id, className: "mono", textContent: parameter.name }),
            make("p", { className: "soft small", textContent: kind + (parameter.description ? ". " + parameter.description : "") }), input);
        };

        const bodySection = media => {
          state.body = make("textarea", { id: "body", spellcheck: false, value: JSON.stringify(exampleOf(media), null, 2) });
          state.body.setAttribute("aria-describedby", "body-note");
          const note = make("p", { id: "body-note", className: "small bad" });
          note.setAttribute("role", "status");
          state.body.addEventListener("input", () => {
            try { JSON.parse(state.body.value); note.textContent = ""; } catch { note.textContent = "This is not JSON yet."; }
            showCurl();
          });
          const reset = make("button", { type: "button", textContent: "Example" });
          reset.addEventListener("click", () => { state.body.value = JSON.stringify(exampleOf(media), null, 2); state.body.dispatchEvent(new Event("input")); });
          const members = fields(media.schema);
          return make("section", { className: "card" },
            make("div", { className: "head" }, make("h2", { textContent: "Body" }), reset),
            make("div", { className: "field" }, make("label", { htmlFor: "body", textContent: "JSON" }), state.body, note),
            members ? make("details", {}, make("summary", { className: "small", textContent: "What each member is" }), members) : null);
        };

        const expected = operation => {
          const good = operation.responses["201"] || operation.responses["200"], media = jsonOf(resolve(good));
          if (!media) return make("p", { className: "soft", textContent: "The answer comes here." });
          const example = media.example === undefined ? null : code(media.example);
          if (example) example.classList.add("plain");
          return make("div", { className: "stack" },
            make("p", { className: "soft", textContent: "The answer comes here." + (example ? " It looks like this:" : "") }), example);
        };

        const bodyOf = async answer => {
          const kind = answer.headers.get("Content-Type") || "";
          if (/json/.test(kind)) {
            const text = await answer.text();
            try { return [code(JSON.stringify(JSON.parse(text), null, 2)), text.length]; } catch { return [code(text), text.length]; }
          }
          if (/^text\//.test(kind)) {
            const text = await answer.text();
            return [make("pre", { tabIndex: 0 }, make("code", { textContent: text.slice(0, 500000) })), text.length];
          }
          const data = await answer.blob();
          return [make("a", { href: URL.createObjectURL(data), download: "answer", textContent: "Save " + data.size + " bytes of " + kind }), data.size];
        };

        const send = async () => {
          const { path, headers, body, missing } = request(), operation = state.operation, box = $("answer");
          const say = text => box.replaceChildren(make("p", { className: "bad", textContent: text }));
          if (missing.length) return say("Still empty: " + missing.join(", ") + ".");
          $("send").disabled = true;
          const began = performance.now();
          try {
            const answer = await fetch(path, { method: operation.method.toUpperCase(), headers, body, redirect: "manual" });
            const [shown, size] = await bodyOf(answer);
            if (state.operation !== operation) return;
            const time = Math.round(performance.now() - began), note = resolve((operation.responses || {})[answer.status]).description;
            const next = answer.headers.get("Continuation-Token");
            box.replaceChildren(
              make("div", { className: "status" },
                make("strong", { id: "status", className: answer.ok ? "good" : "bad", textContent: answer.status + " " + answer.statusText }),
                make("span", { className: "soft small", textContent: [time + " ms", size + " bytes", note].filter(Boolean).join("  ·  ") })),
              make("details", {}, make("summary", { className: "small", textContent: "Headers" }),
                make("table", {}, ...[...answer.headers].map(([name, value]) => make("tr", {}, make("td", { textContent: name }), make("td", { textContent: value }))))),
              shown, ...(next ? [nextPage(next)] : []));
          } catch (problem) {
            say("The gateway does not answer: " + problem.message);
          } finally {
            if ($("send")) $("send").disabled = false;
          }
        };
        const nextPage = token => {
          const button = make("button", { type: "button", textContent: "Next page" });
          button.addEventListener("click", () => {
            state.values.set("Continuation-Token", token);
            const input = $("parameter-Continuation-Token");
            if (input) input.value = token;
            showCurl(); send();
          });
          return make("p", {}, button);
        };

        const show = () => {
          const all = operations().flatMap(group => group[1]);
          const operation = all.find(each => each.id === location.hash.slice(1)) || all[0];
          if (!operation) return;
          if (state.operation && state.operation.id !== operation.id) state.values.clear();
          Object.assign(state, { operation, body: null });
          markCurrent(operation.id);
          const media = jsonOf(operation.requestBody);
          const given = (operation.parameters || []).filter(parameter => resolve(parameter).name !== "org_id");
          const button = make("button", { id: "send", className: "main", type: "button", textContent: "Send" });
          button.addEventListener("click", send);
          const copy = make("button", { type: "button", textContent: "Copy" });
          copy.addEventListener("click", async () => {
            try { await navigator.clipboard.writeText($("curl").textContent); copy.textContent = "Copied"; }
            catch { getSelection().selectAllChildren($("curl")); copy.textContent = "Selected"; }
            setTimeout(() => { copy.textContent = "Copy"; }, 1500);
          });
          const answer = make("div", { id: "answer" }, expected(operation));
          answer.setAttribute("aria-live", "polite");
          $("operation").replaceChildren(
            make("p", { className: "soft small", textContent: operation.group }), make("h1", { textContent: operation.summary }),
            make("div", { className: "route" }, badge(operation.method), pathText(operation.path)),
            operation.description ? prose(operation.description, { className: "soft" }) : "",
            ...(operation.aliases.length ? [make("p", { className: "soft small", textContent: "Also at " + operation.aliases.join(", ") })] : []),
            make("div", { className: "work" },
              make("div", {},
                given.length ? make("section", { className: "card parameters" }, make("h2", { textContent: "Parameters" }), ...given.map(field)) : null,
                media ? bodySection(media) : null,
                make("section", { className: "actions" }, button,
                  make("span", { className: "soft small", textContent: needsToken(operation) ? "Ctrl + Enter sends, too." : "Needs no token." }))),
              make("div", {},
                make("section", { className: "card" }, make("h2", { textContent: "Answer" }), answer),
                make("section", { className: "card" }, make("div", { className: "head" }, make("h2", { textContent: "The same with curl" }), copy),
                  make("pre", { id: "curl", tabIndex: 0 })))));
          showCurl();
          document.title = operation.summary + " · Holdfast API";
        };

        $("credentials").addEventListener("submit", event => event.preventDefault());
        remember("token"); remember("organization");
        $("token").addEventListener("input", readOrganization);
        addEventListener("hashchange", () => { show(); scrollTo(0, 0); });
        addEventListener("keydown", event => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && state.operation) { event.preventDefault(); send(); } });
        begin(show);
        """#
}

/// What the scripts of both pages share: reading the document, and making elements of it. Text goes
/// into the page as text only, never as HTML.
enum PageScript {
    static let text = #"""
        const $ = id => document.getElementById(id);
        const make = (tag, properties, ...children) => {
          const { data, ...rest } = properties || {};
          const element = Object.assign(document.createElement(tag), rest);
          for (const [name, value] of Object.entries(data || {})) element.setAttribute(name, value);
          element.append(...children.filter(child => child !== null && child !== undefined && child !== ""));
          return element;
        };
        const methods = ["get", "post", "put", "patch", "delete"];
        let api = null;

        const resolve = value => {
          let steps = 0;
          while (value && value.$ref && steps++ < 8)
            value = value.$ref.slice(2).split("/").reduce((part, name) => part && part[name.replace(/~1/g, "/")], api);
          if (value && value.allOf && value.allOf.length === 1)
            return { ...resolve(value.allOf[0]), ...(value.description && { description: value.description }) };
          return value || {};
        };

        // Operations by what they are about; another path of one is listed with it.
        const operations = () => {
          const groups = new Map(), aliases = new Map();
          for (const [path, item] of Object.entries(api.paths)) for (const method of methods) {
            const operation = item[method];
            if (!operation) continue;
            const original = operation["x-alias-of"];
            if (original) {
              const key = method + " " + original;
              aliases.set(key, [...(aliases.get(key) || []), path]);
              continue;
            }
            const tags = operation.tags || ["Operations"], group = tags[tags.length - 1];
            if (!groups.has(group)) groups.set(group, []);
            groups.get(group).push({ ...operation, method, path, id: operation.operationId, group });
          }
          const order = (api.tags || []).map(tag => tag.name);
          for (const list of groups.values()) for (const each of list) each.aliases = aliases.get(each.method + " " + each.path) || [];
          return [...groups].sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
        };

        const badge = method => make("span", { className: "badge " + method, textContent: method === "delete" ? "DEL" : method.toUpperCase() });
        const pathText = path => make("code", {}, ...path.split(/(\{[^}]*\})/).map(part =>
          part.startsWith("{") ? make("b", { textContent: part }) : part));
        // Text in which `words` are code.
        const prose = (text, properties) => make("p", properties, ...(text || "").split(/`([^`]*)`/).map((part, i) =>
          i % 2 ? make("code", { textContent: part }) : part));

        const typeName = given => {
          const schema = resolve(given);
          if (schema.oneOf) return schema.oneOf.map(typeName).join(" or ");
          let name = schema.type || "anything";
          if (name === "array") name = "list of " + typeName(schema.items);
          if (name === "object" && schema.additionalProperties) name = "object of " + typeName(schema.additionalProperties);
          if (schema.format) name = schema.format;
          return name + (schema.nullable && schema.type ? " or null" : "");
        };

        const limits = given => {
          const schema = resolve(given), found = [];
          const range = (low, high, unit) => {
            if (low === undefined && high === undefined) return;
            found.push((high === undefined ? "at least " + low : low === undefined ? "at most " + high
              : low === high ? String(low) : low + " to " + high) + unit);
          };
          range(schema.minimum, schema.maximum, "");
          range(schema.minLength, schema.maxLength, " characters");
          range(schema.minItems, schema.maxItems, " items");
          range(schema.minProperties, schema.maxProperties, " members");
          if (schema.enum && schema.enum.length) found.push("one of " + schema.enum.join(", "));
          if (schema.pattern) found.push("matches " + schema.pattern);
          return found.join("; ");
        };

        const sample = (given, depth = 0) => {
          const schema = resolve(given);
          if (schema.example !== undefined) return schema.example;
          if (schema.enum && schema.enum.length) return schema.enum[0];
          if (schema.oneOf) return sample(schema.oneOf[0], depth);
          switch (schema.type) {
            case "object": {
              const must = schema.required || [], all = Object.entries(schema.properties || {});
              return depth > 5 ? {} : Object.fromEntries(all.filter(([name]) => !must.length || must.includes(name))
                .map(([name, value]) => [name, sample(value, depth + 1)]));
            }
            case "array": return depth > 5 ? [] : [sample(schema.items, depth + 1)];
            case "integer": case "number": return schema.minimum || 0;
            case "boolean": return true;
            case "string": return schema.format === "date-time" ? "2024-01-15T10:30:00Z" : schema.format === "email" ? "user@example.com" : "";
            default: return null;
          }
        };
        const exampleOf = media => media.example !== undefined ? media.example : sample(media.schema);

        // The members of a shape, those of their shapes inside them; `must` is said of those that are always there.
        const fields = (given, must = "required", depth = 0) => {
          let schema = resolve(given);
          while (schema.type === "array") schema = resolve(schema.items);
          if (schema.additionalProperties) return fields(schema.additionalProperties, must, depth);
          const all = Object.entries(schema.properties || {});
          if (!all.length || depth > 6) return null;
          return make("ul", { className: "fields" }, ...all.map(([name, value]) => {
            const inner = fields(value, must, depth + 1), limit = limits(value), note = resolve(value).description || value.description;
            return make("li", {},
              make("div", { className: "line" }, make("span", { className: "name", textContent: name }),
                make("span", { className: "soft small", textContent: typeName(value) }),
                (schema.required || []).includes(name) ? make("span", { className: must === "required" ? "must" : "soft small", textContent: must }) : null),
              note ? prose(note, { className: "small" }) : null,
              limit ? make("p", { className: "soft small", textContent: limit }) : null,
              inner ? make("details", {}, make("summary", { textContent: "Members" }), inner) : null);
          }));
        };

        const highlighted = text => {
          const box = make("code", {});
          if (text.length > 120000) { box.textContent = text; return box; }
          const pattern = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
          let end = 0;
          for (const match of text.matchAll(pattern)) {
            box.append(text.slice(end, match.index));
            const kind = match[1] ? (match[2] ? "key" : "string") : /^[tfn]/.test(match[0]) ? "word" : "number";
            box.append(make("span", { className: kind, textContent: match[1] || match[0] }), match[2] || "");
            end = match.index + match[0].length;
          }
          box.append(text.slice(end));
          return box;
        };
        const code = value => make("pre", { tabIndex: 0 }, highlighted(typeof value === "string" ? value : JSON.stringify(value, null, 2)));

        const quoted = text => "'" + text.replace(/'/g, "'\\''") + "'";
        const curl = (method, url, headers, body) => ["curl" + (method === "get" ? "" : " -X " + method.toUpperCase()) + " " + quoted(url),
          ...headers.map(([name, value]) => "-H " + quoted(name + ": " + value)),
          ...(body ? ["-d " + quoted(body)] : [])].join(" \\\n  ");

        const writeIndex = () => {
          $("index").replaceChildren(...operations().map(([group, list]) => make("section", {},
            make("h2", { textContent: group }),
            make("ul", {}, ...list.map(each => make("li", {}, make("a", { href: "#" + each.id,
              data: { "data-words": [each.summary, each.path, each.method, group, each.id].join(" ").toLowerCase() } },
              badge(each.method), make("span", { textContent: each.summary }))))))));
          filterIndex();
        };
        const filterIndex = () => {
          const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
          for (const item of $("index").querySelectorAll("li"))
            item.hidden = !words.every(word => item.firstChild.dataset.words.includes(word));
          for (const section of $("index").children) section.hidden = !section.querySelector("li:not([hidden])");
        };
        const openMenu = isOpen => { $("side").classList.toggle("open", isOpen); $("menu").setAttribute("aria-expanded", String(isOpen)); };
        const markCurrent = id => {
          for (const link of $("index").querySelectorAll("a"))
            if (link.hash === "#" + id) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
        };

        const loadDocument = async address => {
          const answer = await fetch(address);
          if (!answer.ok) throw new Error("The document is not to be had: " + answer.status);
          api = await answer.json();
          $("version").textContent = api.info.version;
          writeIndex();
        };
        // Loads the document, and again when another dialect is chosen; calls `show` each time.
        const begin = async show => {
          $("search").addEventListener("input", filterIndex);
          $("menu").addEventListener("click", () => openMenu(!$("side").classList.contains("open")));
          $("index").addEventListener("click", event => { if (event.target.closest("a")) openMenu(false); });
          try {
            await loadDocument("/openapi.json" + location.search);
            const views = api["x-dialects"] || [];
            if (views.length > 1) {
              $("dialect").append(make("option", { value: "/openapi.json", textContent: "All" }),
                ...views.map(view => make("option", { value: view.document, textContent: view.name })));
              $("dialect").parentElement.hidden = false;
              $("dialect").addEventListener("change", async event => { await loadDocument(event.target.value); show(); });
            }
            show();
          } catch (problem) {
            $("main").append(make("p", { className: "bad", textContent: problem.message }));
          }
        };
        """#
}

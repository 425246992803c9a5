/// The page behind an invitation's link. Needs nothing from anywhere else.
enum AcceptPage {
    static let text = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Accept the invitation</title>
        <style>
        :root { --ink: #1c2430; --paper: #f6f7f9; --card: #fff; --line: #c3cad4; --act: #0b5cad; --bad: #a3161f; --good: #14663a }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e7ebf0; --paper: #12161c; --card: #1b212a; --line: #4a5564; --act: #6fb1f5; --bad: #ff9a9a; --good: #7fd8a4 }
        }
        * { box-sizing: border-box }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
          font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
        main { width: 100%; max-width: 26rem; padding: 1.5rem; background: var(--card);
          border: 1px solid var(--line); border-radius: .75rem }
        h1 { margin: 0 0 .5rem; font-size: 1.4rem }
        label { display: block; margin-top: 1rem; font-weight: 600 }
        input, button { width: 100%; min-height: 2.9rem; margin-top: .25rem; padding: .5rem .75rem;
          font: inherit; border-radius: .5rem }
        input { color: inherit; background: var(--paper); border: 1px solid var(--line) }
        button { margin-top: 1.5rem; font-weight: 600; color: var(--card); background: var(--act); border: 0 }
        button:disabled { opacity: .6 }
        :focus-visible { outline: 3px solid var(--act); outline-offset: 2px }
        small { display: block; margin-top: .25rem }
        [role=status] { margin: 1rem 0 0; min-height: 1.5rem; overflow-wrap: anywhere }
        .bad { color: var(--bad) } .good { color: var(--good) }
        </style>
        </head>
        <body>
        <main>
        <h1>Accept the invitation</h1>
        <p>Choose a name and a password. If you have an account on this gateway already, type its password.</p>
        <form>
        <label for="name">Name</label>
        <input id="name" autocomplete="name" maxlength="250">
        <label for="password">Password</label>
        <input id="password" type="password" autocomplete="new-password" required minlength="10" maxlength="256" aria-describedby="rule">
        <small id="rule">10 to 256 characters.</small>
        <button>Accept</button>
        <p role="status" aria-live="polite"></p>
        </form>
        <noscript><p class="bad">This page needs JavaScript. Without it, POST the token, a name and a password to /api/invitations/accept.</p></noscript>
        </main>
        <script>
        "use strict";
        {
        const token = new URLSearchParams(location.search).get("token") || "";
        const form = document.querySelector("form"), status = document.querySelector("[role=status]");
        const say = (text, kind) => { status.textContent = text; status.className = kind; };
        history.replaceState(null, "", location.pathname);
        if (!token) say("The link is not complete: open it again as it was sent to you.", "bad");
        form.addEventListener("submit", async event => {
          event.preventDefault();
          const button = form.querySelector("button"), name = form.querySelector("#name").value.trim();
          const body = { token, password: form.querySelector("#password").value };
          if (name) body.name = name;
          button.disabled = true;
          say("One moment.", "");
          try {
            const answer = await fetch("/api/invitations/accept", {
              method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
            const json = await answer.json();
            if (answer.ok) {
              say("You are a member now, as " + json.user.email + ". You can log in.", "good");
              form.querySelectorAll("input, label, small, button").forEach(part => part.remove());
              return;
            }
            say(json.error, "bad");
          } catch (problem) {
            say("The gateway does not answer. Try again.", "bad");
          }
          button.disabled = false;
        });
        }
        </script>
        </body>
        </html>
        """#
}

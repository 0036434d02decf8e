// Asks again for whoever waits in front of the result page: each time after a longer wait, by chance a little sooner or later.
const root = document.querySelector("[data-waiting]");
const form = root.querySelector("form");
const said = root.querySelector("[data-waiting-said]");
const left = root.querySelector("[data-waiting-left]");
const KEY = "waiting";
const LONGEST = 60;
const FORGOTTEN = 3 * LONGEST * 1000;

// How often in a row this page has been shown, and when last; a browser without storage starts anew each time.
function tries() {
  try {
    const [count, at] = (sessionStorage.getItem(KEY) ?? "0 0").split(" ").map(Number);
    const now = Date.now();
    const known = now - at < FORGOTTEN ? count : 0;
    sessionStorage.setItem(KEY, `${known + 1} ${now}`);
    return known;
  } catch {
    return 0;
  }
}

let seconds = Math.ceil(Math.min(LONGEST, Number(root.dataset.waiting) * 2 ** tries()) * (0.6 + Math.random() * 0.4));

function tick() {
  if (seconds <= 0) return form.submit();
  left.textContent = seconds;
  seconds -= 1;
  setTimeout(tick, 1000);
}

said.hidden = false;
tick();

// The terminal at an exam site: a keypad on the screen, the summary page by page, and an empty screen when nobody is there.
const root = document.querySelector("[data-kiosk]");
const countdown = root.querySelector("[data-countdown]");
const said = root.querySelector("[data-said]");
const seconds = root.querySelector("[data-seconds]");
const idle = Number(root.dataset.idle);
const warning = Number(root.dataset.warning);
let left = idle;

// Nothing may stay on the screen, in the form or in the history's picture of the page.
function wipe() {
  if (root instanceof HTMLFormElement) root.reset();
  else root.replaceChildren();
}

function end() {
  wipe();
  location.replace(root.dataset.home);
}

function isEmpty() {
  return root instanceof HTMLFormElement && ![...root.querySelectorAll("input[type=text]")].some((field) => field.value);
}

function stay() {
  left = idle;
  countdown.hidden = true;
  said.textContent = "";
}

function tick() {
  if (isEmpty()) return stay();
  left -= 1;
  if (left <= 0) return end();
  if (left > warning) return;
  if (countdown.hidden) said.textContent = said.dataset.said;
  countdown.hidden = false;
  seconds.textContent = left;
}

for (const sign of ["pointerdown", "keydown", "input", "wheel"]) document.addEventListener(sign, stay, { capture: true, passive: true });
setInterval(tick, 1000);
addEventListener("pagehide", wipe);
addEventListener("pageshow", (event) => {
  if (event.persisted) end();
});

function keypad(form) {
  const keys = form.querySelector("[data-keys]");
  const fields = [...form.querySelectorAll("input[type=text]")];
  let here = fields[0];

  const go = (field) => {
    here = field;
    here.focus();
    here.setSelectionRange(here.value.length, here.value.length);
  };
  const put = (text) => {
    here.setRangeText(text, here.selectionStart, here.selectionEnd, "end");
    if (here.value.length > here.maxLength) here.value = here.value.slice(0, here.maxLength);
  };
  const deeds = {
    back: () => {
      if (here.selectionStart === here.selectionEnd && here.selectionStart) here.setSelectionRange(here.selectionStart - 1, here.selectionEnd);
      put("");
    },
    empty: () => {
      here.value = "";
    },
    next: () => go(fields[(fields.indexOf(here) + 1) % fields.length]),
    end,
    layer: (button) => {
      for (const layer of keys.querySelectorAll("[data-layer]")) layer.hidden = !layer.hidden;
      const word = button.textContent;
      button.textContent = button.dataset.digits;
      button.dataset.digits = word;
      button.setAttribute("aria-pressed", String(keys.querySelector("[data-layer=digits]").hidden));
    },
  };

  for (const field of fields) {
    field.inputMode = "none";
    field.addEventListener("focus", () => {
      here = field;
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || field === fields.at(-1)) return;
      event.preventDefault();
      deeds.next();
    });
  }
  keys.addEventListener("pointerdown", (event) => event.preventDefault());
  keys.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.key) put(button.dataset.key);
    else deeds[button.dataset.do](button);
  });
  form.reset();
  keys.hidden = false;
  document.querySelector("[data-without-script]").hidden = true;
  go(here);
}

function pages(answer) {
  const sheets = [...answer.querySelectorAll("[data-page]")];
  const turns = [...answer.querySelectorAll("[data-turn]")];
  const place = answer.querySelector("[data-place]");
  let now = 0;

  const show = () => {
    sheets.forEach((sheet, number) => {
      sheet.hidden = number !== now;
    });
    for (const button of turns) button.disabled = !sheets[now + Number(button.dataset.turn)];
    place.querySelector("[data-now]").textContent = now + 1;
    place.querySelector("[data-all]").textContent = sheets.length;
  };
  for (const button of turns) {
    button.hidden = sheets.length < 2;
    button.addEventListener("click", () => {
      now += Number(button.dataset.turn);
      show();
      scrollTo(0, 0);
    });
  }
  place.hidden = sheets.length < 2;
  answer.querySelector("[data-end]").addEventListener("click", (event) => {
    event.preventDefault();
    end();
  });
  show();
}

if (root.dataset.kiosk === "keypad") keypad(root);
else pages(root);

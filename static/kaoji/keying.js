// Keying marks: Enter and the arrow keys go from line to line; behind the last line Enter reaches the button that saves.
const fields = [...document.querySelectorAll("input[data-key]")];

function go(place) {
  const field = fields[place];
  if (field) {
    field.focus();
    field.select();
  } else if (place > 0) {
    document.querySelector("[data-key-save]").focus();
  }
}

document.querySelector("form[data-keying]").addEventListener("keydown", (event) => {
  const line = event.target.closest("tr");
  if (!line || event.isComposing) return;
  const place = fields.indexOf(line.querySelector("input[data-key]"));
  const isField = event.target.matches("input[data-key]");
  if (event.key === "Enter" || (isField && event.key === "ArrowDown")) {
    event.preventDefault();
    go(place + 1);
  } else if (isField && event.key === "ArrowUp") {
    event.preventDefault();
    go(place - 1);
  }
});

(document.querySelector("input[data-key][aria-invalid]") ?? fields.find((field) => !field.value) ?? fields[0])?.focus();

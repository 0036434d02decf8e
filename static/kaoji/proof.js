// The human check: before a form is sent, find the number that the server's challenge hides (altcha's protocol, SHA-256).
// Where that cannot be done the form is sent as it is, and the server goes by how long the page was open.
const BATCH = 500;
const text = new TextEncoder();

// A form must not be sent again while its first submit event is still under way, and the page must stay alive between batches.
const pause = () => new Promise((resolve) => setTimeout(resolve));

const hex = (digest) => Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function solved({ algorithm, challenge, maxNumber, salt, signature }) {
  for (let first = 0; first <= maxNumber; first += BATCH) {
    await pause();
    const numbers = Array.from({ length: BATCH }, (_, index) => first + index);
    const digests = await Promise.all(numbers.map((number) => crypto.subtle.digest(algorithm, text.encode(salt + number))));
    const number = numbers[digests.findIndex((digest) => hex(digest) === challenge)];
    if (number !== undefined) return btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
  }
  return "";
}

for (const field of document.querySelectorAll("input[data-proof]")) {
  const status = field.form.querySelector("[data-proof-busy]");
  let state = "idle";
  field.form.addEventListener("submit", async (event) => {
    if (state === "done" || !globalThis.crypto?.subtle) return;
    event.preventDefault();
    if (state === "busy") return;
    state = "busy";
    status.textContent = status.dataset.proofBusy;
    try {
      field.value = await solved(JSON.parse(field.dataset.proof));
    } finally {
      state = "done";
      field.form.requestSubmit(event.submitter);
    }
  });
}

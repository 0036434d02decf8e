// Buttons that copy a number; without script they stay hidden and the number is copied by hand.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard || !button.dataset.copy) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.querySelector("[aria-live]").textContent = button.dataset.done;
  });
}

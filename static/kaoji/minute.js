// The countdown to the minute of a publication; a little after it the page is asked for again.
const place = document.querySelector("[data-minute]");
const left = place.querySelector("[data-minute-left]");
const end = performance.now() + Number(place.dataset.minute) * 1000;
const AFTER = 6000;

const two = (number) => String(number).padStart(2, "0");

function tick() {
  const rest = end - performance.now();
  if (rest < -AFTER) return location.replace(location.pathname);
  const seconds = Math.max(0, Math.ceil(rest / 1000));
  const days = Math.floor(seconds / 86400);
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  left.textContent = days ? `${days}天 ${clock}` : clock;
  setTimeout(tick, 1000 - (performance.now() % 1000));
}

tick();

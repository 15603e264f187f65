/* What is being done, and the seconds left, which the browser counts down until the server knows better. */

const SHOWN_AFTER_MS = 300; // what is sooner done is not waited for
const TICK_MS = 250;
const SAME_MS = 500; // one that follows another so soon goes on with what that said

let lastGone = -Infinity;

function leftText(seconds) {
  if (seconds < 1.5) return "about a second left";
  if (seconds < 90) return `about ${Math.round(seconds)} s left`;
  return `about ${Math.round(seconds / 60)} min left`;
}

function made(parent) {
  const line = parent.appendChild(document.createElement("div"));
  line.className = "hw";
  if (performance.now() - lastGone > SAME_MS) line.style.visibility = "hidden";
  const doing = line.appendChild(document.createElement("span"));
  doing.setAttribute("role", "status");
  const left = line.appendChild(document.createElement("span")); // of which no one wants to hear each second
  const waiting = { line, doing, left };
  setTimeout(() => (line.style.visibility = "visible"), SHOWN_AFTER_MS);
  waiting.ticking = setInterval(() => tick(waiting), TICK_MS);
  return waiting;
}

function tick({ left, until }) {
  left.textContent = leftText(Math.max(0, until - performance.now()) / 1000);
}

export default function ({ data, parentElement }) {
  const waiting = (parentElement.hrtemWaiting ??= made(parentElement));
  waiting.until = performance.now() + 1000 * data.seconds;
  waiting.doing.textContent = data.doing;
  tick(waiting);
  return () => {
    clearInterval(waiting.ticking);
    if (waiting.line.style.visibility !== "hidden") lastGone = performance.now();
    waiting.line.remove();
    delete parentElement.hrtemWaiting;
  };
}

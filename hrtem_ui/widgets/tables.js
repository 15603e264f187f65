/* Scrolls a table to a row that was picked elsewhere, once for each time something was picked.

   Streamlit can mark rows, not bring them into sight. A table that is laid out is drawn on canvas inside a
   scrolling element; one that is not there yet is waited for. */

const LAID_OUT_MS = 3000;
const seen = new Map(); // which picks have been followed, by table

export default function ({ data }) {
  const { table, row, row_px: rowPx, pick } = data;
  if (seen.get(table) === pick) return;
  seen.set(table, pick);
  if (row === null) return;
  const started = performance.now();
  const follow = () => {
    const scroller = document.querySelector(`.st-key-${CSS.escape(table)} .dvn-scroller`);
    if (scroller) {
      const inside = scroller.clientHeight - rowPx; // without the head
      const top = row * rowPx;
      const isSeen = top >= scroller.scrollTop && top + rowPx <= scroller.scrollTop + inside;
      if (!isSeen) scroller.scrollTop = Math.max(0, top - (inside - rowPx) / 2);
    } else if (performance.now() - started < LAID_OUT_MS) requestAnimationFrame(follow);
  };
  requestAnimationFrame(follow);
}

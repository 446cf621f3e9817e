"use strict";
(() => {
  const graph = document.querySelector(".frame > svg");
  if (graph) {
    const whole = graph.dataset.whole.split(" ").map(Number);
    let view = whole.slice();
    const show = () => graph.setAttribute("viewBox", view.join(" "));
    const zoom = (by, cx = view[0] + view[2] / 2, cy = view[1] + view[3] / 2) => {
      const next = Math.min(Math.max(view[2] * by, 120), whole[2] * 2) / view[2];
      view = [cx - (cx - view[0]) * next, cy - (cy - view[1]) * next, view[2] * next, view[3] * next];
      show();
    };
    const home = () => {
      view = whole.slice();
      const box = graph.getBoundingClientRect();
      if (Math.min(box.width / whole[2], box.height / whole[3]) < 0.6) {
        const focus = (graph.dataset.focus || `0 ${whole[3] / 2}`).split(" ").map(Number);
        const size = [box.width / 0.85, box.height / 0.85];
        view = [0, 1].map((side) => size[side] > whole[side + 2] ? (whole[side + 2] - size[side]) / 2
          : Math.min(Math.max(focus[side] - size[side] / 2, 0), whole[side + 2] - size[side])).concat(size);
      }
      show();
    };
    const scale = () => Math.max(view[2] / graph.clientWidth, view[3] / graph.clientHeight);
    let held = null;
    graph.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; graph.setPointerCapture(event.pointerId); });
    graph.addEventListener("pointermove", (event) => {
      if (!held) return;
      view[0] -= (event.clientX - held[0]) * scale();
      view[1] -= (event.clientY - held[1]) * scale();
      held = [event.clientX, event.clientY];
      show();
    });
    for (const end of ["pointerup", "pointercancel"]) graph.addEventListener(end, () => { held = null; });
    graph.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(graph.getScreenCTM().inverse());
      zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, point.x, point.y);
    }, { passive: false });
    const steps = { in: () => zoom(1 / 1.4), out: () => zoom(1.4), home };
    for (const button of document.querySelectorAll(".tools button")) button.addEventListener("click", steps[button.dataset.step]);
    document.querySelector(".tools").hidden = false;
    home();
  }
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : head.classList.contains("n");
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => row.cells[at].dataset.v ?? row.cells[at].textContent;
        const order = head.classList.contains("n")
          ? (a, b) => (key(a) === "" ? -Infinity : Number(key(a))) - (key(b) === "" ? -Infinity : Number(key(b)))
          : (a, b) => key(a).localeCompare(key(b), "en");
        const rows = [...table.tBodies[0].rows].sort((a, b) => (down ? -order(a, b) : order(a, b)));
        table.tBodies[0].append(...rows);
      });
    });
  }
})();

"use strict";
// A transcript and a lane are one stop of the Tab key each; arrow keys move inside.
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function rove(group) {
  const buttons = [...group.querySelectorAll("button.word, button.moment")];
  if (!buttons.length) return;
  let current = buttons[0];
  for (const button of buttons) button.tabIndex = button === current ? 0 : -1;

  function goTo(button) {
    current.tabIndex = -1;
    current = button;
    current.tabIndex = 0;
  }
  group.addEventListener("focusin", (event) => {
    if (buttons.includes(event.target)) goTo(event.target);
  });
  group.addEventListener("keydown", (event) => {
    const index = buttons.indexOf(event.target);
    if (index < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.key === "Home" ? 0 : event.key === "End" ? buttons.length - 1
      : event.key in STEPS ? index + STEPS[event.key] : null;
    if (target === null) return;
    event.preventDefault(); // the page must not scroll
    const button = buttons[Math.min(Math.max(target, 0), buttons.length - 1)];
    button.focus();
  });
}

document.querySelectorAll(".transcript, .lane, .moments").forEach(rove);
root.dataset.ready = "true";

"use strict";
// One cursor an answer, shared by the player, the timelines, the slider and the transcript.
// Without this script the page stays complete: only playing along is lost.
const root = document.documentElement;
window.addEventListener("error", (event) => { root.dataset.scriptError = event.message; });

function clock(seconds) {
  const tenths = Math.floor(seconds * 10 + 1e-6);
  const minutes = Math.floor(tenths / 600);
  const rest = tenths % 600;
  const lead = minutes < 60 ? `${minutes}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
  return `${lead}:${String(Math.floor(rest / 10)).padStart(2, "0")}.${rest % 10}`;
}

// Index of the last entry that starts at or before the time, -1 if none does.
function lastBefore(starts, time) {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= time) low = middle + 1; else high = middle;
  }
  return low - 1;
}

function follow(section) {
  const video = section.querySelector("video");
  const timeline = section.querySelector(".timeline");
  const length = timeline ? Number(timeline.dataset.length) : 0;
  const slider = section.querySelector(".scrub");
  const readout = section.querySelector(".readout");
  const lanes = [...section.querySelectorAll(".plot")].map((plot) => {
    const cells = JSON.parse(plot.dataset.cells);
    return { plot, cells, starts: cells.map((cell) => cell[0]), label: plot.dataset.label,
      cursor: plot.querySelector(".cursor") };
  });
  const words = [...section.querySelectorAll(".transcript .w[data-t]")];
  const wordStarts = words.map((word) => Number(word.dataset.t));
  let current = null;

  function show(time) {
    for (const lane of lanes) {
      lane.cursor.style.left = `${100 * Math.min(time / length, 1)}%`;
    }
    if (slider) {
      slider.value = time;
      const values = lanes.map((lane) => {
        const cell = lane.cells[lastBefore(lane.starts, time)];
        return `${lane.label} ${cell && time <= cell[1] ? `×${cell[2].toFixed(2)}` : "–"}`;
      });
      readout.textContent = [clock(time), ...values].join(" · ");
      slider.setAttribute("aria-valuetext", readout.textContent);
    }
    const word = words[lastBefore(wordStarts, time)] || null;
    if (word !== current) {
      if (current) current.classList.remove("now");
      if (word) word.classList.add("now");
      current = word;
    }
  }

  function seek(time) {
    if (video) video.currentTime = time;
    show(time);
  }

  section.addEventListener("click", (event) => {
    const timed = event.target.closest("[data-t]");
    if (timed) seek(Number(timed.dataset.t));
  });
  for (const { plot, cursor } of lanes) {
    cursor.hidden = false;
    plot.addEventListener("click", (event) => {
      const box = plot.getBoundingClientRect();
      seek(length * Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1));
    });
  }
  if (slider) {
    slider.hidden = false;
    readout.hidden = false;
    slider.addEventListener("input", () => seek(Number(slider.value)));
  }
  if (video) {
    const tick = () => {
      show(video.currentTime);
      if (!video.paused && !video.ended) requestAnimationFrame(tick);
    };
    video.addEventListener("play", tick);
    video.addEventListener("timeupdate", () => show(video.currentTime));
    video.addEventListener("error", () => {
      section.querySelector(".player-error").hidden = false;
      video.hidden = true;
    });
  }
  if (lanes.length) show(0);
}

document.querySelectorAll("[data-answer]").forEach(follow);
root.dataset.ready = "true";

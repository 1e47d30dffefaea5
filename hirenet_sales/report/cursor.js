"use strict";
// One cursor an answer, shared by the player, the timelines, the slider and the transcript.
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
    const cells = JSON.parse(plot.dataset.cells || "[]");
    return { plot, cells, starts: cells.map((cell) => cell[0]), label: plot.dataset.label,
      cursor: plot.querySelector(".cursor") };
  });
  const words = [...section.querySelectorAll(".transcript .word[data-start]")];
  const wordStarts = words.map((word) => Number(word.dataset.start));
  let current = null;

  function show(time) {
    for (const { cursor } of lanes) {
      if (!cursor) continue;
      cursor.hidden = false;
      cursor.style.left = `${100 * Math.min(time / length, 1)}%`;
    }
    if (slider) {
      slider.value = time;
      const values = lanes.filter(({ label, cells }) => label && cells.length)
        .map(({ label, cells, starts }) => {
          const cell = cells[lastBefore(starts, time)];
          return `${label} ${cell && time <= cell[1] ? `×${cell[2].toFixed(2)}` : "–"}`;
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

  for (const { plot } of lanes) {
    plot.addEventListener("click", (event) => {
      if (event.target.closest("button")) return;
      const box = plot.getBoundingClientRect();
      const time = length * Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      show(time);
      playRange(plot, time, null);
    });
  }
  if (slider) {
    slider.hidden = false;
    readout.hidden = false;
    slider.addEventListener("input", () => {
      const time = Number(slider.value);
      if (video) { stop(video); video.currentTime = time; }
      show(time);
    });
  }
  section.addEventListener("click", (event) => {
    const button = event.target.closest("button.moment, button.word");
    if (button) show(Number(button.dataset.start));
  });
  if (!video) return;
  const tick = () => {
    show(video.currentTime);
    if (!video.paused && !video.ended) requestAnimationFrame(tick);
  };
  video.addEventListener("play", tick);
  video.addEventListener("timeupdate", () => { if (!video.seeking) show(video.currentTime); });
}

sections.forEach(follow);

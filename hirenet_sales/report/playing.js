"use strict";
// Plays moments: from their start to their end, one player at a time.
// Without these scripts the page stays complete: only playing along is lost.
const root = document.documentElement;
window.addEventListener("error", (event) => { root.dataset.scriptError = event.message; });

const SHORTEST_PLAY_S = 1; // a word or a still is too short to be heard or seen by itself
const sections = [...document.querySelectorAll("section.answer")];
const ranges = new WeakMap(); // of a player: the range it is playing, {start, end, source}

function playerOf(element) {
  const section = element.closest("section.answer")
    || document.getElementById(element.dataset.answer);
  return section ? section.querySelector("video") : null;
}

function pauseAll(but) {
  for (const video of document.querySelectorAll("video")) if (video !== but) video.pause();
}

function stop(video) {
  const range = ranges.get(video);
  if (range) range.source.classList.remove("playing");
  ranges.delete(video);
}

// Play from start to end and stop; the same again pauses. Without an end it plays on.
function playRange(source, start, end) {
  const video = playerOf(source);
  if (!video || video.hidden) return;
  const before = ranges.get(video);
  if (before && before.source === source && !video.paused) {
    video.pause();
    return;
  }
  pauseAll(video);
  stop(video);
  video.currentTime = start;
  ranges.set(video, { start, source, end: end === null ? Infinity : Math.max(end, start + SHORTEST_PLAY_S) });
  source.classList.add("playing");
  const started = video.play();
  if (started) started.catch(() => {}); // refused or interrupted: the player shows it
}

function checkEnd(video) {
  const range = ranges.get(video);
  if (!range || video.seeking) return;
  if (video.currentTime >= range.end) {
    video.pause();
    stop(video);
  } else if (video.currentTime < range.start - 0.5) { // the reader has gone elsewhere
    stop(video);
  }
}

// A row is one target: its button, its quote, its picture.
document.addEventListener("click", (event) => {
  const row = event.target.closest(".moment-row");
  const button = event.target.closest("button.moment, button.word")
    || (row && !event.target.closest("a, summary, button, input, label")
      && row.querySelector("button.moment"));
  if (button) playRange(button, Number(button.dataset.start), Number(button.dataset.end));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") pauseAll(null);
});

// The reason why nothing plays, in words: `video.error` alone does not tell a missing file.
function explain(video) {
  const note = video.closest(".player").querySelector(".player-error");
  const missing = video.dataset.beside && video.readyState === HTMLMediaElement.HAVE_NOTHING;
  const code = video.error ? video.error.code : 0;
  note.textContent = missing ? note.dataset.missing
    : code === MediaError.MEDIA_ERR_DECODE ? note.dataset.damaged : note.dataset.format;
  note.hidden = false;
  video.hidden = true;
}

for (const section of sections) {
  const video = section.querySelector("video");
  if (!video) continue;
  const tick = () => {
    checkEnd(video);
    if (!video.paused && !video.ended) requestAnimationFrame(tick);
  };
  video.addEventListener("play", () => { pauseAll(video); tick(); });
  video.addEventListener("timeupdate", () => checkEnd(video)); // a hidden tab draws no frames
  video.addEventListener("ended", () => stop(video));
  video.addEventListener("error", () => explain(video));
  if (video.error) explain(video);
}

// The colour scheme, set before anything is painted: that of the system, or the one that was chosen.
"use strict";

globalThis.plutoTheme = (() => {
  const KEY = "pluto-theme";
  const WORDS = ["auto", "light", "dark"];
  const stored = () => {
    try {
      return localStorage.getItem(KEY) ?? "auto";
    } catch {
      return "auto";
    }
  };
  const show = (word) => {
    if (word === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = word;
  };
  const next = () => {
    const word = WORDS[(WORDS.indexOf(stored()) + 1) % WORDS.length];
    try {
      localStorage.setItem(KEY, word);
    } catch {
      // A browser that keeps nothing still switches for this page.
    }
    show(word);
    return word;
  };
  show(stored());
  return { stored, next };
})();

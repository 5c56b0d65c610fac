"use strict";
(() => {
  const HIDDEN = /^(\*|<\d+|\u2013|)$/;
  const root = document.documentElement;
  const told = document.getElementById("told");
  const tip = document.getElementById("tip");
  const plain = (text) => text.replace(/[,%\u00a0 ]/g, "").replace("\u2212", "-");
  const FIRST = 25;
  let made = 0;

  // What a cell sorts by: a number, or text; nothing for a number that is hidden.
  const keyOf = (cell, number) => {
    const text = cell.textContent.trim();
    if (!number) return text;
    if (HIDDEN.test(text)) return null;
    const value = parseFloat(plain(text));
    return Number.isNaN(value) ? null : value;
  };

  const sortBy = (table, place, button) => {
    const head = button.closest("th");
    const number = head.classList.contains("n");
    const was = head.getAttribute("aria-sort");
    const up = was ? was === "descending" : !number;
    const keyed = [...table.tBodies[0].rows].map((row, at) => [keyOf(row.cells[place], number), at, row]);
    keyed.sort(([a, i], [b, j]) => {
      if (a === null || b === null) return (a === null) - (b === null) || i - j;
      const order = number ? a - b : a.localeCompare(b, "en-GB", { numeric: true });
      return (up ? order : -order) || i - j;
    });
    table.tBodies[0].append(...keyed.map(([, , row]) => row));
    table.dispatchEvent(new Event("sorted"));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    told.textContent = `Sorted by ${button.textContent}, ${up ? "ascending" : "descending"}`;
  };

  const sortable = (table) => {
    [...table.tHead.rows[0].cells].forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => sortBy(table, place, button));
    });
  };

  const field = (words, control) => {
    const box = document.createElement("div");
    const label = document.createElement("label");
    made += 1;
    control.id = `control-${made}`;
    label.htmlFor = control.id;
    label.textContent = words;
    box.append(label, control);
    return box;
  };

  const searchable = (box) => {
    const table = box.querySelector("table");
    const rows = () => [...table.tBodies[0].rows];
    const more = document.createElement("button");
    more.type = "button";
    more.className = "more";
    let all = false;
    const find = document.createElement("div");
    find.className = "find";
    find.setAttribute("role", "search");
    find.setAttribute("aria-label", table.caption.textContent);
    const input = document.createElement("input");
    input.type = "search";
    input.autocomplete = "off";
    const where = document.createElement("select");
    where.append(new Option("All columns", ""));
    [...table.tHead.rows[0].cells].forEach((head, place) => where.append(new Option(head.textContent, place)));
    const count = document.createElement("output");
    const show = () => {
      const wanted = input.value.trim().toLowerCase();
      let found = 0;
      for (const row of rows()) {
        const cells = where.value === "" ? [...row.cells] : [row.cells[where.value]];
        row.hidden = !cells.some((cell) => cell.textContent.toLowerCase().includes(wanted));
        found += !row.hidden;
        row.classList.toggle("folded", !all && found > FIRST);
      }
      const total = rows().length.toLocaleString("en-GB");
      const fits = found.toLocaleString("en-GB");
      more.hidden = all || found <= FIRST;
      more.textContent = `Show all ${fits} rows`;
      count.textContent = wanted ? `${fits} of ${total} rows found` : `${total} rows`;
      if (!more.hidden) count.textContent += `, the first ${FIRST} shown`;
    };
    input.addEventListener("input", show);
    where.addEventListener("change", show);
    find.append(field("Search the table", input), field("Look in", where), count);
    more.addEventListener("click", () => {
      const next = rows().find((row) => row.classList.contains("folded"));
      all = true;
      show();
      next.tabIndex = -1;
      next.focus();
    });
    table.addEventListener("sorted", show);
    show();
    box.prepend(find);
    box.querySelector(".scroll").after(more);
  };

  const trusts = (scope) => {
    const choice = scope.querySelector("#trust-choice");
    const parts = [...scope.querySelectorAll(".trust")];
    const show = (id) => {
      for (const part of parts) part.hidden = id !== "" && part.id !== id;
      choice.value = id;
      reach(scope);
    };
    choice.addEventListener("change", () => {
      show(choice.value);
      told.textContent = `Showing ${choice.selectedOptions[0].textContent}`;
    });
    const known = (id) => id === "" || parts.some((part) => part.id === id);
    const first = location.hash.slice(1) || parts[0].id;
    show(known(first) ? first : parts[0].id);
    return (id) => known(id) && (show(id), true);
  };

  // Only what can be scrolled is a stop for the keyboard.
  const reach = (scope) => {
    for (const box of scope.querySelectorAll(".scroll")) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };

  const directions = (scope) => {
    for (const row of scope.querySelectorAll(".directed tbody tr")) {
      const word = row.lastElementChild.textContent.trim();
      if (word === "better" || word === "worse") row.classList.add(word);
    }
  };

  const enliven = (scope) => {
    scope.querySelectorAll(".tools").forEach(searchable);
    scope.querySelectorAll("table.sortable").forEach(sortable);
    scope.querySelectorAll("details").forEach((box) => box.addEventListener("toggle", () => reach(box)));
    directions(scope);
    reach(scope);
  };

  const panel = document.getElementById("panel");
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const kept = new Map();
  let showTrust;
  const choose = (tab) => {
    if (tab.dataset.rung === panel.dataset.rung) return;
    const trust = panel.querySelector("#trust-choice").value;
    const nodes = new DocumentFragment();
    nodes.append(...panel.childNodes);
    kept.set(panel.dataset.rung, { nodes, showTrust });
    const before = kept.get(tab.dataset.rung);
    if (before) {
      panel.append(before.nodes);
      showTrust = before.showTrust;
    } else {
      const template = document.querySelector(`template[data-rung="${tab.dataset.rung}"]`);
      panel.append(template.content.cloneNode(true));
      enliven(panel);
      showTrust = trusts(panel);
    }
    panel.dataset.rung = tab.dataset.rung;
    panel.setAttribute("aria-labelledby", tab.id);
    showTrust(trust);
    for (const other of tabs) {
      other.setAttribute("aria-selected", String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    }
    told.textContent = `Showing ${tab.textContent}`;
  };
  tabs.forEach((tab, at) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = tabs[(to + tabs.length) % tabs.length];
      choose(next);
      next.focus();
    });
  });

  const goTo = (hash) => {
    const id = hash.slice(1);
    if (!id || !showTrust(id)) return;
    const part = document.getElementById(id);
    part.scrollIntoView();
    part.focus({ preventScroll: true });
  };
  window.addEventListener("hashchange", () => goTo(location.hash));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#trust-']");
    if (link && link.hash === location.hash) goTo(link.hash);
  });

  const contents = document.getElementById("contents-button");
  const open = (is) => contents.setAttribute("aria-expanded", String(is));
  contents.addEventListener("click", () => open(contents.getAttribute("aria-expanded") === "false"));
  const links = [...document.querySelectorAll("#contents-list a")];
  const narrow = window.matchMedia("(max-width: 63.99em)");
  for (const link of links) link.addEventListener("click", () => narrow.matches && open(false));
  open(!narrow.matches);
  narrow.addEventListener("change", () => open(!narrow.matches));

  let waiting = false;
  const here = () => {
    waiting = false;
    let last = links[0];
    for (const link of links) {
      const part = document.querySelector(link.hash);
      if (part && part.getBoundingClientRect().top < window.innerHeight / 3) last = link;
    }
    for (const link of links) {
      if (link === last) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  window.addEventListener("scroll", () => {
    tip.hidden = true;
    if (!waiting) requestAnimationFrame(here);
    waiting = true;
  }, { passive: true });
  window.addEventListener("resize", () => reach(document));

  document.addEventListener("pointermove", (event) => {
    const spot = event.target.closest && event.target.closest("[data-tip]");
    tip.hidden = !spot;
    if (!spot) return;
    tip.textContent = spot.dataset.tip;
    const x = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    const y = event.clientY + 18 + tip.offsetHeight > window.innerHeight
      ? event.clientY - tip.offsetHeight - 12 : event.clientY + 18;
    tip.style.transform = `translate(${Math.max(8, x)}px, ${y}px)`;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") tip.hidden = true;
  });

  const papers = [...document.querySelectorAll("details.open-on-paper")];
  window.addEventListener("beforeprint", () => papers.forEach((box) => { box.open = true; }));

  root.classList.add("scripted");
  enliven(document);
  showTrust = trusts(panel || document.getElementById("main"));
  if (location.hash.startsWith("#trust-")) goTo(location.hash);
  here();
})();

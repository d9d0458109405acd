// The chosen theme, before anything is drawn. No choice: as the system has it.
{
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {} // storage may be switched off
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}

policy p on custom {
  require a, 'single'
  deny if b, “typographic”
}

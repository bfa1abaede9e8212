policy session on api (started: time) {
  require now - started < 1h, "expired"
}

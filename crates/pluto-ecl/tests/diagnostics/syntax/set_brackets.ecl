policy p on custom {
  require role in [admin, moderator]
  require role not in {guest}
}

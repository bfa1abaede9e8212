policy p on custom {
  match action {
    edit, hide => allow
    ban: deny
    write -> allow
    read => 5
    other
  }
}

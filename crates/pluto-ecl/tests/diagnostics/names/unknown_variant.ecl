enum action { edit, hide, remove }

policy p on controller (a: action) {
  require a != edti
  match a {
    edit | hidden => deny "no"
    _ => allow
  }
}

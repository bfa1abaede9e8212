enum op { read, write }

policy p on custom (o: op) {
  match o {
    read | write => allow
    write => deny "twice"
    _ => deny "nothing left"
  }
}

enum op { read, delete, write }

policy p on custom (store: text, o: op) {
  let test = 1
  match o {
    delete => deny
    read | write => allow
  }
}

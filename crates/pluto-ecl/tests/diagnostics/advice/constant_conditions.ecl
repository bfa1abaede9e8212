const debug = false

policy p on custom (a: int) {
  if debug { allow }
  require true
  deny if !true && false
  require a > 0
}

policy p on custom {
  deny "a \q b \u{zz} c \u{110000}"
}

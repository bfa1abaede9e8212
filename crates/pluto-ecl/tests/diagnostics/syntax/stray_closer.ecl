policy p on custom {
  allow )
}
}

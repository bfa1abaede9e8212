policy p on custom {
  allow
} /* the end /* is */ missing

policy p on custom {
  if a {
    allow

policy q on custom {
  deny
}

policy "access-rule" on crossing {
  allow
}

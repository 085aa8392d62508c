"""Workers: the processes in which modules run, and what is asked of them."""

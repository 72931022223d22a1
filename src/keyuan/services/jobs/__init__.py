"""Work in the background: the queue, the tasks on it, and the relay that turns changes into what follows from them."""

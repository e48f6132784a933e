"""What is refused of a push's content: big files, secrets, pointers without their data. Asked by server and client."""

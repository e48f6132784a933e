"""The worker: releases and checks what is due in every project of a service account, round after round."""

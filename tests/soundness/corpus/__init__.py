"""The certificates of proofs/certificates, and what is wrong with the bad ones."""

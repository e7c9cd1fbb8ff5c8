"""A certificate for the scenarios over TLS."""

import subprocess


def make(folder):
    """Returns the files of certificate and key, in PEM. The key is of the curve that most use."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    return [certificate, key]

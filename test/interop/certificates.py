"""Certificates for tests that speak TLS, as PEM files in a directory of the test's."""

import datetime
import ipaddress
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


class Issued:
    """The files of one certificate: `certificate`, its `key`, and `both` in one."""

    def __init__(self, directory, stem, certificate, key):
        encoded = certificate.public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(serialization.Encoding.PEM,
                                    serialization.PrivateFormat.PKCS8,
                                    serialization.NoEncryption())
        self.certificate = _write(directory / f"{stem}.pem", encoded)
        self.key = _write(directory / f"{stem}.key", private)
        self.both = _write(directory / f"{stem}-both.pem", private + encoded)


class Authority:
    """An authority whose own certificate is the file `certificate`, in a directory that exists."""

    def __init__(self, directory, common_name="plait test authority"):
        self.directory = pathlib.Path(directory)
        self._name = _name(common_name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        builder = _draft(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True)
        own = self._sign(builder)
        self.certificate = _write(self.directory / "authority.pem",
                                  own.public_bytes(serialization.Encoding.PEM))

    def issue(self, stem, names=(), days=1):
        """A certificate for these host names and addresses, in files that begin with `stem`. With
        negative `days` it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _draft(_name(stem), key, days)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_general_name(each) for each in names]), critical=False)
        return Issued(self.directory, stem, self._sign(builder), key)

    def _sign(self, builder):
        return builder.issuer_name(self._name).sign(self._key, hashes.SHA256())


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _draft(subject, key, days=1):
    now = datetime.datetime.utcnow()
    until = now + days * DAY
    return (x509.CertificateBuilder()
            .subject_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, until) - DAY)
            .not_valid_after(until))


def _general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(path, data):
    path.write_bytes(data)
    return str(path)


if __name__ == "__main__":  # certificates.py DIRECTORY: files to try things with
    authority = Authority(sys.argv[1])
    authority.issue("server", ["localhost", "127.0.0.1", "::1"], days=30)
    authority.issue("client", days=30)

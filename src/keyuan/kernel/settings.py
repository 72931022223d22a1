"""Settings of the installation, each from an environment variable `KEYUAN_…`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process runs. `from_environment` documents the variable of each setting."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8000
    demo: bool = True
    database_url: str | None = None
    admin_email: str | None = None
    admin_password: str | None = None
    web_workers: int = 1
    pool_size: int = 8
    secure_cookies: bool = False
    secret_key: str | None = None
    files_url: str | None = None
    trusted_proxies: int = 0
    """How many proxies stand in front whose X-Forwarded-For and X-Forwarded-Proto tell the truth."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read `KEYUAN_DATA_DIR`, `_HOST`, `_PORT`, `_DEMO`, `_DATABASE_URL`, `_ADMIN_EMAIL`, `_ADMIN_PASSWORD`,
        `_WEB_WORKERS`, `_POOL_SIZE`, `_SECURE_COOKIES`, `_SECRET_KEY`, `_FILES_URL`,
        `_TRUSTED_PROXIES`."""

        def get(name: str, default: str = "") -> str:
            return environ.get(f"KEYUAN_{name}", "") or default

        return cls(
            data_dir=Path(get("DATA_DIR", "data")).absolute(),
            host=get("HOST", "127.0.0.1"),
            port=int(get("PORT", "8000")),
            demo=get("DEMO", "1").lower() not in ("0", "false", "no", "off"),
            database_url=get("DATABASE_URL") or None,
            admin_email=get("ADMIN_EMAIL") or None,
            admin_password=get("ADMIN_PASSWORD") or None,
            web_workers=int(get("WEB_WORKERS", "1")),
            pool_size=int(get("POOL_SIZE", "8")),
            secure_cookies=get("SECURE_COOKIES") in ("1", "true", "yes"),
            secret_key=get("SECRET_KEY") or None,
            files_url=get("FILES_URL") or None,
            trusted_proxies=int(get("TRUSTED_PROXIES", "0")),
        )

-- The one PL/Python function that cannot use the package, for it decides whether that may be loaded.
-- Whoever can write where it lies has the power of the server's operating system user: through any of
-- the folders on the way there, too, unless it is sticky, as /tmp is, so that what lies in it stays
-- its owner's. A link is refused with those that all may write, since its mode says so; the build
-- resolves them.
--
-- The star is where the folder names the Python that it is for: pg_upgrade brings functions as they are
-- into a server that may embed another one.
--
-- PYTHONPATH, the packages of the server's user and of the system, and the working directory, which
-- is the server's data, are taken out of the path: neither our modules nor one that ours merely look
-- for may come from there. Of modules, only such are used that the interpreter has within itself.
create function cerebro._python_path()
returns text
language plpython3u
as $python$
    import os, stat, sys

    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = "@package_folders@".replace("python*", version)
    ours = packages + "/cerebro_db"
    names = ours.split("/")
    for depth in range(1, len(names) + 1):
        folder = "/".join(names[:depth]) or "/"
        try:
            found = os.lstat(folder)
        except OSError as error:
            return f"{folder}: {error.strerror}."
        if found.st_uid != 0:
            return f"{folder} belongs to user {found.st_uid}, not to root."
        others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        sticky = found.st_mode & stat.S_ISVTX and folder not in (packages, ours)
        if others and not sticky:
            mode = stat.filemode(found.st_mode)
            return f"{folder} can be written by others than root: its mode is {mode}."
    standard = os.path.dirname(os.__file__)
    sys.path[:] = [packages, standard, standard + "/lib-dynload"]
    sys.pycache_prefix = None
$python$;

comment on function cerebro._python_path() is
    'Let Python import from the package''s folder and its own library only: null, or why that is not safe';

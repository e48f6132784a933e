-- The roles and databases of the platform, made so at every start; passwords come from secret files.
-- Each service owns its one database; `bootstrap` administers both and is no superuser.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
\set mlflow_password `cat /secrets/mlflow-password`
\set git_password `cat /secrets/git-password`
\set bootstrap_password `cat /secrets/bootstrap-password`

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['mlflow', 'git', 'bootstrap']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE mlflow LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'mlflow_password';
ALTER ROLE git LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'git_password';
ALTER ROLE bootstrap LOGIN NOSUPERUSER CREATEDB CREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'bootstrap_password';
GRANT mlflow, git TO bootstrap WITH ADMIN OPTION;

SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C.UTF-8''', name, name)
FROM unnest(ARRAY['mlflow', 'git']) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec

ALTER DATABASE mlflow OWNER TO mlflow;
ALTER DATABASE git OWNER TO git;
REVOKE CONNECT, TEMPORARY ON DATABASE mlflow, git, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres, mlflow, git TO bootstrap;

-- A body in quotes is read anew by whoever calls it: with a search path that leads to an `=` of his own, a runner passed for
-- every namespace. A body of the SQL standard is bound here, once.
CREATE OR REPLACE FUNCTION smartconnector.is_own(namespace text) RETURNS boolean LANGUAGE sql STABLE
  BEGIN ATOMIC
    SELECT EXISTS (SELECT FROM smartconnector.namespace_role r WHERE r.role = current_user AND r.namespace = is_own.namespace);
  END;

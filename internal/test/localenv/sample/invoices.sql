-- A small one, to show sign-in by Microsoft Entra.
SET ROLE shop_owner;
CREATE TABLE public.invoices (
    number  int PRIMARY KEY,
    issued  date NOT NULL,
    total   numeric(12, 2) NOT NULL
);
INSERT INTO public.invoices SELECT i, date '2026-01-01' + i % 300, i * 1.19 FROM generate_series(1, 5000) AS i;
RESET ROLE;
ANALYZE;

export const Mark = () => (
  <svg
    viewBox="0 0 20 20"
    aria-hidden="true"
    className="size-5 flex-none text-accent"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.8"
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    <path d="M3 18V5h14v13M3 5l4-3h6l4 3M10 5v5" />
    <rect x="7.2" y="10" width="5.6" height="4.4" rx="1" fill="currentColor" stroke="none" />
  </svg>
)

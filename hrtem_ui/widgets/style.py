"""How pages look beyond what Streamlit's theme can say."""

GROUND = "light-dark(#ffffff, #14181b)"
"""The background of .streamlit/config.toml, which Streamlit offers to no style sheet."""

WRAPPER = '[data-testid="stLayoutWrapper"]'
"""Around every container. What `:has` is asked of is named, and as near as can be: asked of anything, the
browser would ask again whenever something changes, which took it a fifth of every answer."""

STYLE = f"""<style>
.block-container {{padding-top: 1.85rem; padding-bottom: 3rem; max-width: 1500px;}}
[data-testid="stHeader"] {{height: 2.2rem; min-height: 2.2rem; background: transparent;}}
[data-testid="stMetricValue"] {{font-size: 1.35rem;}}
/* its Stop would leave half a page; our own Cancel does not, and is seen only by those who wait */
[data-testid="stStatusWidget"] {{display: none;}}
.st-key-cancel {{animation: appear 0s 0.4s both;}}
@keyframes appear {{from {{visibility: hidden;}}}}
/* what a stage is doing is written beside the facts and never moves them */
{WRAPPER}:has(> .st-key-status) {{position: absolute; right: 11rem; bottom: 0; width: auto;}}
.st-key-status {{background: {GROUND}; flex-flow: row-reverse nowrap; height: 2.5rem;}}
.st-key-status * {{white-space: nowrap;}}
.st-key-status > [data-testid="stElementContainer"] {{margin: 0;}}
.st-key-status [data-testid="stSpinner"] {{padding: 0;}}
/* of a new image nothing is to be said yet, and what stood there is of the one before */
{WRAPPER}:has(> .st-key-first_look) ~ * {{display: none;}}
/* the pages and the totals stay in sight, and the picture beside its controls where it fits */
.st-key-header {{padding-top: 0.35rem;}}
.st-key-header [data-testid="stColumn"] p {{font-size: 0.95rem;}}
{WRAPPER}:has(> .st-key-header) {{position: sticky; top: 0; z-index: 100; background: {GROUND};}}
/* the facts have all that undo and redo leave */
.st-key-header [data-testid="stColumn"]:has(.st-key-undo) {{flex: 0 0 8.5rem; min-width: 8.5rem;}}
.st-key-header [data-testid="stColumn"]:not(:has(.st-key-undo)) {{flex: 1 1 0; min-width: 0;}}
/* a link whose script has not come yet is as high as it will be: what stands below does not move */
.st-key-header [data-testid="stSkeleton"] {{height: 1.25rem;}}
@media (min-height: 980px), (max-width: 1000px) and (min-height: 650px) {{
  {WRAPPER}:has(> .st-key-stays) {{position: sticky; top: 6.2rem;}}
}}
/* a notice covers nothing: while there is one the page ends above it */
[data-testid="stToastContainer"] {{
  top: auto; bottom: 0.5rem; right: 1rem; width: min(46rem, calc(100% - 2rem));}}
[data-testid="stToast"] {{width: 100%; max-height: 5.5rem; overflow: auto; margin: 0;}}
body:has(> [data-testid="stToastContainer"]) [data-testid="stMain"] {{
  flex: none; height: calc(100dvh - 6.5rem);}}
/* Streamlit's grey is too pale for small letters */
[data-testid="stCaptionContainer"] {{color: light-dark(#5c656b, #a9b3b9); opacity: 1;}}
[data-testid="stVegaLiteChart"] :is([class*="role-axis"], [class*="role-legend"]) text {{
  fill: light-dark(#5c656b, #e4e8ea);}}
/* white letters are too pale on the blue of the night */
[data-testid^="stBaseButton-primary"]:enabled {{color: light-dark(#ffffff, #0b1216);}}
[data-testid^="stBaseButton-primary"]:enabled:is(:hover, :active, :focus-visible) {{
  background: light-dark(#1d475d, #4796ba);}}
[data-testid="stMultiSelect"] span[title] {{color: light-dark(#ffffff, #0b1216);}}
/* what takes a slider back is seen once there is a way back, and said in words to those who do not see it */
[class*="st-key-reset-"] button {{min-height: 0; padding: 0.2rem;}}
[class*="st-key-reset-"] button:disabled {{visibility: hidden;}}
[class*="st-key-reset-"] [data-testid="stMarkdownContainer"] {{
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);}}
/* rows of tools keep their height, with and without buttons, and while those of two modes are mixed */
.st-key-tools {{min-height: 2.6rem; flex-wrap: nowrap;}}
.st-key-tools > :first-child {{flex: 0 1 auto; min-width: 0;}}
.st-key-tools p {{line-height: 1.25;}}
/* a length is typed, not stepped to: where the steps' buttons stood all of its digits are seen */
:is(.st-key-asked_length, .st-key-bar_length) [data-testid^="stNumberInputStep"] {{display: none;}}
:is(.st-key-chosen, .st-key-chosen_pair) p {{font-size: 0.875rem;}}
[data-testid="stHeading"] :is(h2, h3) {{font-size: 1rem; padding: 0;}}
/* what follows a heading does not cover it, in a low window with small gaps neither */
[data-testid="stHeading"] [data-testid="stMarkdownContainer"] {{margin-bottom: -0.4rem;}}
/* Streamlit 1.66 writes what a file may have, and has, too pale to be read */
:is([data-testid="stFileUploaderDropzoneInstructions"] span, [data-testid="stFileChipName"] + div) {{
  color: inherit;}}
h1.title {{position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);}}
/* a low window, as of a laptop, is for the picture: what stands above it is pressed together */
@media (max-height: 850px) {{
  .block-container {{padding-top: 0.25rem;}}
  [data-testid="stHeader"], [data-testid="stHeader"] * {{pointer-events: none;}}
  [data-testid="stHeader"] :is(button, a), [data-testid="stHeader"] :is(button, a) * {{pointer-events: auto;}}
  [data-testid="stVerticalBlock"] {{gap: 0.55rem;}}
  .st-key-header p {{font-size: 0.9rem;}}
  [data-testid="stExpander"] summary {{padding-top: 0; padding-bottom: 0; min-height: 1.9rem;}}
  [data-testid="stAlertContainer"] {{padding-top: 0.4rem; padding-bottom: 0.4rem;}}
  section[data-testid="stFileUploaderDropzone"] {{
    flex-flow: row; align-items: center; min-height: 0; padding: 0.3rem 0.6rem;}}
  :is([data-testid="stPopover"], [data-testid="stFileUploader"]) button {{
    min-height: 1.9rem; padding-top: 0; padding-bottom: 0;}}
  .st-key-tools {{min-height: 2.5rem;}}
  .st-key-asked {{padding: 0.3rem 0.9rem;}}
  .st-key-reset_page button {{min-height: 1.9rem; padding-top: 0; padding-bottom: 0;}}
  .st-key-beside [data-testid="stButtonGroup"] {{
    display: flex; flex-direction: row; align-items: center; gap: 0.5rem;}}
}}
/* pictures side by side, as long as their scale bars can be read */
[class*="st-key-pictures-"] > * > [data-testid="stHorizontalBlock"] {{flex-wrap: wrap;}}
[class*="st-key-pictures-"] [data-testid="stColumn"] {{min-width: 11rem;}}
@media (max-width: 1000px) {{
  .st-key-pictures-of-pair [data-testid="stColumn"] {{max-width: calc(50% - 0.5rem);}}
  /* the pages in one line, beside the menu */
  .st-key-header [data-testid="stHorizontalBlock"]:has([data-testid="stPageLink"]) {{gap: 0 0.25rem;}}
  .st-key-header [data-testid="stPageLink-NavLink"] {{padding-left: 0.3rem; padding-right: 0.3rem;}}
  .st-key-header p {{font-size: 0.85rem;}}
  .st-key-asked {{padding: 0.4rem 0.7rem; gap: 0.6rem;}}
  .st-key-asked p {{font-size: 0.85rem;}}
  [class*="st-key-view-mode"] button {{padding: 0 0.15rem;}}
  .st-key-chosen, {WRAPPER}:has(> .st-key-chosen) {{
    flex-basis: 11.5rem !important; height: 11.5rem !important;}}
  .st-key-chosen_pair, {WRAPPER}:has(> .st-key-chosen_pair) {{
    flex-basis: 8.5rem !important; height: 8.5rem !important;}}
  :is(.st-key-chosen, .st-key-chosen_pair) p {{font-size: 0.8rem;}}
  .st-key-tools {{gap: 0.5rem;}}
  .st-key-tools p {{font-size: 0.8rem;}}
  .st-key-tools button {{padding: 0.25rem 0.5rem; white-space: nowrap;}}
  .st-key-tools > :first-child {{flex: 1 1 0; min-width: 0;}}
  .st-key-stacked > * > [data-testid="stHorizontalBlock"] {{flex-direction: column;}}
  .st-key-stacked [data-testid="stColumn"] {{width: 100%;}}
  .st-key-stacked [data-testid="stFullScreenFrame"]:has(img) {{max-width: 26rem; margin: auto;}}
}}
</style>"""

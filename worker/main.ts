/** Entry of a pool's own worker: it has no functions of its own and runs those that come as text. */
import { serve } from "./calls.js"

serve()

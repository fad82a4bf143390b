/** Corpora: building, loading, splitting, describing and synthesising them. */
@NullMarked
package org.jmoe.data.corpus;

import org.jspecify.annotations.NullMarked;

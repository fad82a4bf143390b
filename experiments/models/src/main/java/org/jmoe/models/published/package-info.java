/** Built-in model families, one per file. */
@NullMarked
package org.jmoe.models.published;

import org.jspecify.annotations.NullMarked;

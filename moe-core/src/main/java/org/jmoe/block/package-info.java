/** Base classes of blocks, with known parameter shapes and seeded initialization, and norms. */
@NullMarked
package org.jmoe.block;

import org.jspecify.annotations.NullMarked;

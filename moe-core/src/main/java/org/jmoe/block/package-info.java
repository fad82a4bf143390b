/** Base classes of blocks: known parameter shapes and seeded initialization. */
@NullMarked
package org.jmoe.block;

import org.jspecify.annotations.NullMarked;

/** Who looks at the board: somebody whose name is known and who may act, or anybody else. */
export type Viewer =
  | {
      name: string;
      /** goes with each form that this person sends */
      token: string;
    }
  | {
      name: null;
      /** why nothing can be done here, for people */
      why: string;
    };
